// Run in a namespace by the benchmark: a TLS handshake with a board's certificate, and not a word of MQTT.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { loadIdentity } from '@bramble/agent/trust/identity.ts';

const [folder = '', host = '', port = ''] = process.argv.slice(2);
/** What the server sends after the handshake, its session tickets, comes in this time. */
const afterwardsMs = 500;

const identity = await loadIdentity(folder);
if (!identity) throw new Error(`no identity is in ${folder}`);
const { key, certificate: cert, ca } = identity;
const socket = connect({ host, port: Number(port), key, cert, ca, checkServerIdentity: () => undefined });
await once(socket, 'secureConnect');
socket.resume();
await pause(afterwardsMs);
socket.end();
await once(socket, 'close');
