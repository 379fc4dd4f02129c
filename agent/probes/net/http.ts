import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { request as plainRequest } from '@bramble/adapters/host/node-http.ts';
import type { Answer, HttpCheck } from '../port.ts';
import { connectionWords, hostAndPort, isTimeout } from './words.ts';

/** As the kubelet: so much of an answer is read, so many redirects are followed. */
const bodyBytes = 10_240;
const redirectsFollowed = 10;
const userAgent = 'kube-probe/1.35';

interface Got {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

/** GET; 200 to 399 pass. A redirect to another host passes with a warning: that host is not what is probed. */
export async function httpCheck(check: HttpCheck, timeoutMs: number): Promise<Answer> {
  const first = new URL(`${check.scheme}://${hostAndPort(check.host, check.port)}${check.path}`);
  const signal = AbortSignal.timeout(timeoutMs);
  let url = first;
  try {
    for (let redirects = 0; ; redirects += 1) {
      const got = await get(url, headersOf(check), signal);
      const next = redirectOf(got, url);
      if (!next) return verdict(got);
      if (next.hostname !== first.hostname)
        return { outcome: 'warning', output: `Probe terminated redirects, Response body: ${got.body}` };
      if (redirects === redirectsFollowed)
        return failure(url, `stopped after ${redirectsFollowed} redirects`);
      url = next;
    }
  } catch (error) {
    if (isTimeout(error))
      return failure(url, 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
    const where = hostAndPort(url.hostname.replace(/^\[|\]$/g, ''), Number(url.port || check.port));
    return failure(url, `dial tcp ${where}: ${connectionWords(error)}`);
  }
}

const failure = (url: URL, why: string): Answer => ({
  outcome: 'failure',
  output: `Get "${url.href}": ${why}`,
});

function verdict({ status, body }: Got): Answer {
  if (status >= 200 && status < 400) return { outcome: 'success', output: body };
  return { outcome: 'failure', output: `HTTP probe failed with statuscode: ${status}` };
}

function redirectOf({ status, location }: Got, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  return URL.canParse(location, from.href) ? new URL(location, from) : undefined;
}

/** The pod's own headers win; one that it empties is not sent. */
function headersOf({ headers }: HttpCheck): Record<string, string[]> {
  const sent = new Map<string, string[]>([
    ['user-agent', [userAgent]],
    ['accept', ['*/*']],
    ['connection', ['close']],
  ]);
  const own = new Set<string>();
  for (const { name, value } of headers) {
    const key = name.toLowerCase();
    sent.set(key, [...(own.has(key) ? (sent.get(key) ?? []) : []), value]);
    own.add(key);
  }
  return Object.fromEntries([...sent].filter(([, values]) => values.some((value) => value !== '')));
}

async function get(url: URL, headers: Record<string, string[]>, signal: AbortSignal): Promise<Got> {
  const { host, ...rest } = headers;
  // A Host header cannot be a list.
  const options = { agent: false, headers: { ...rest, ...(host ? { host: host[0] ?? '' } : {}) }, signal };
  const outgoing =
    url.protocol === 'https:'
      ? tlsRequest(url, { ...options, rejectUnauthorized: false })
      : plainRequest(url, options);
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const body = await beginningOf(response);
  outgoing.destroy();
  return { status: response.statusCode ?? 0, location: response.headers.location, body };
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= bodyBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, bodyBytes).toString('utf8');
}
