/**
 * Node's HTTP client. Importing it from `node:http` reads all that the module exports, and with that loads Node's fetch and
 * WebSocket as well: 5 MB that a board does not have.
 */
export const { Agent, get, request } = process.getBuiltinModule('node:http');
export type Agent = InstanceType<typeof Agent>;
