import type { OwnReads } from '../apiserver/mqtt/read-once.ts';
import type { TracePorts } from '../trace/answer.ts';
import { traceOf } from '../trace/answer.ts';

/** What of Bramble's own routes can be read over MQTT as well. */
export function ownReads(ports: TracePorts): OwnReads {
  return (path, user) => {
    if (path === '/bramble/v1/whoami')
      return { code: 200, json: JSON.stringify({ name: user.name, role: user.role }) };
    const [, namespace, name] = /^\/bramble\/v1\/trace\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    if (namespace === undefined || name === undefined) return undefined;
    const { code, body } = traceOf(ports, namespace, name);
    return { code, json: JSON.stringify(body) };
  };
}
