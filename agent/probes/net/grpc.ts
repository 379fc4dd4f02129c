import { once } from 'node:events';
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { Answer } from '../port.ts';
import { connectionWords, hostAndPort, isTimeout } from './words.ts';

/** HealthCheckResponse.ServingStatus of grpc.health.v1. */
const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const serving = 1;
/** gRPC's status codes. */
const ok = '0';
const unimplemented = '12';
const answerBytes = 4_096;

interface Said {
  readonly code: string;
  readonly message: string;
  readonly body: Buffer;
}

/** One call of the health service, over HTTP/2 without TLS. */
export async function grpcCheck(
  host: string,
  port: number,
  service: string,
  timeoutMs: number,
): Promise<Answer> {
  // A board on which nothing is asked this way has no HTTP/2: 1 MB.
  const { connect } = await import('node:http2');
  const session = connect(`http://${hostAndPort(host, port)}`);
  const signal = AbortSignal.timeout(timeoutMs);
  const broken = new Promise<never>((_, reject) => {
    session.on('error', reject);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  try {
    return verdict(await Promise.race([call(session.request(requestHeaders), service), broken]), service);
  } catch (error) {
    const where = `${JSON.stringify(hostAndPort(host, port))} within ${timeoutMs / 1_000}s`;
    const why = isTimeout(error) ? 'context deadline exceeded' : connectionWords(error);
    return { outcome: 'failure', output: `timeout: failed to connect service ${where}: ${why}` };
  } finally {
    session.destroy();
  }
}

const requestHeaders = {
  ':method': 'POST',
  ':path': '/grpc.health.v1.Health/Check',
  'content-type': 'application/grpc',
  'user-agent': 'kube-probe/1.35',
  te: 'trailers',
};

async function call(stream: ClientHttp2Stream, service: string): Promise<Said> {
  let headers: IncomingHttpHeaders = {};
  const learn = (more: IncomingHttpHeaders): void => {
    headers = { ...headers, ...more };
  };
  stream.on('response', learn).on('trailers', learn);
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size <= answerBytes) chunks.push(chunk);
  });
  stream.end(framed(service));
  await once(stream, 'end');
  const code = String(headers['grpc-status'] ?? '');
  return { code, message: String(headers['grpc-message'] ?? ''), body: Buffer.concat(chunks) };
}

/** A message is preceded by a flag and its length; the service's name is its field 1 (at most 127 bytes stand in one). */
function framed(service: string): Buffer {
  const name = Buffer.from(service);
  const length =
    name.byteLength < 128 ? [name.byteLength] : [(name.byteLength & 127) | 128, name.byteLength >> 7];
  const message = name.byteLength === 0 ? Buffer.alloc(0) : Buffer.from([0x0a, ...length, ...name]);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([prefix, message]);
}

function verdict({ code, message, body }: Said, service: string): Answer {
  if (code === unimplemented) {
    const output = `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`;
    return { outcome: 'failure', output };
  }
  if (code !== ok) {
    const output = `error: health rpc failed for service ${JSON.stringify(service)}: code ${code}: ${message}`;
    return { outcome: 'failure', output };
  }
  // Field 1 of the answer; a zero is left out by protobuf.
  const status = body[5] === 0x08 ? (body[6] ?? 0) : 0;
  if (status === serving) return { outcome: 'success', output: 'service healthy' };
  const name = statuses[status] ?? String(status);
  return { outcome: 'failure', output: `service unhealthy (responded with ${JSON.stringify(name)})` };
}
