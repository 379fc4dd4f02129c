import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, gzip } from 'node:zlib';
import { bounds } from '../bounds.ts';
import type { Status } from '../request.ts';

/** Text in parts, where it is long. */
export type Body = string | Uint8Array | readonly string[];

export interface Answer {
  readonly code: number;
  readonly contentType: string;
  readonly body: Body;
  readonly warnings?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** All warnings of one answer together, so that no proxy or client refuses its head. */
const warningCharacters = 4_096;

/** Sends a whole answer; compressed when it is long and the client takes that. */
export function respond(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = answer.code;
  response.setHeader('Content-Type', answer.contentType);
  response.setHeader('Cache-Control', 'no-cache, private');
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  setWarnings(response, answer.warnings ?? []);
  const wantsGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  if (!wantsGzip || bytesOf(answer.body) < bounds.compressFromBytes) return finish(response, answer.body);
  // The fastest level: the wire is seldom slower than a Pi's processor.
  gzip(whole(answer.body), { level: constants.Z_BEST_SPEED }, (error, packed) => {
    if (error) return finish(response, answer.body);
    response.setHeader('Content-Encoding', 'gzip');
    response.setHeader('Vary', 'Accept-Encoding');
    finish(response, packed);
  });
}

function finish(response: ServerResponse, body: Body): void {
  response.setHeader('Content-Length', bytesOf(body));
  if (isWhole(body)) response.end(body);
  else sendParts(response, body);
}

/** No faster than its reader takes it, and with others' turns between: encrypting megabytes takes long as well. */
function sendParts(response: ServerResponse, parts: readonly string[]): void {
  let next = 0;
  const goOn = (): void => {
    while (next < parts.length) {
      next += 1;
      if (!response.write(parts[next - 1])) return void response.once('drain', goOn);
    }
    response.end();
  };
  goOn();
}

const isWhole = (body: Body): body is string | Uint8Array =>
  typeof body === 'string' || body instanceof Uint8Array;

const whole = (body: Body): string | Uint8Array => (isWhole(body) ? body : body.join(''));

export function bytesOf(body: Body): number {
  return isWhole(body)
    ? Buffer.byteLength(body)
    : body.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}

export function respondStatus(
  request: IncomingMessage,
  response: ServerResponse,
  status: Status,
  warnings: readonly string[] = [],
): void {
  const retry = status.details?.retryAfterSeconds;
  respond(request, response, {
    code: status.code,
    contentType: 'application/json',
    body: JSON.stringify(status),
    warnings,
    headers: {
      ...(retry === undefined ? {} : { 'Retry-After': String(retry) }),
      ...(status.code === 401 ? { 'WWW-Authenticate': 'Bearer realm="bramble"' } : {}),
    },
  });
}

/** `Warning: 299 - "…"` (RFC 7234 §5.5), one header each, as kubectl prints them. */
export function setWarnings(response: ServerResponse, warnings: readonly string[]): void {
  let left = warningCharacters;
  const told: string[] = [];
  for (const warning of new Set(warnings)) {
    const text = `299 - "${headerText(warning)}"`;
    left -= text.length;
    if (left < 0) break;
    told.push(text);
  }
  if (told.length > 0) response.setHeader('Warning', told);
}

/** Quoted text in a header: printable ASCII, with its quotes escaped. */
function headerText(text: string): string {
  return text
    .replaceAll('’', "'")
    .replaceAll(/[^ -~]/g, '?')
    .replaceAll(/["\\]/g, '\\$&');
}

/** Indented for people who ask with `?pretty=true`. */
export function pretty(json: string): string {
  return `${JSON.stringify(JSON.parse(json), undefined, 2)}\n`;
}
