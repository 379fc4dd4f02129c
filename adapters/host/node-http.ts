/**
 * Node's HTTP, without what an `import` of it brings: that reads every export, `WebSocket` among them, which loads all of
 * `fetch` and takes 8 MB.
 */
export const { Agent, get, request, ServerResponse } = process.getBuiltinModule('node:http');
