/**
 * Node's HTTP, without what an `import` of `node:http` brings: that reads every export, `WebSocket` among them, which loads
 * all of `fetch` and takes 5 to 8 MB.
 */
export const { Agent, get, request, ServerResponse } = process.getBuiltinModule('node:http');
export type Agent = InstanceType<typeof Agent>;
