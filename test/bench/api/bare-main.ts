import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { Level } from 'level';
import type { BareSettings } from './bare.ts';

// What a program would do that only keeps and tells: node:https, JSON parsed and written once, LevelDB with a synced batch of
// all that waits, the same line to every watcher. It knows no kinds, users, defaults, patches or revisions to resume from.

const { directory, key, cert } = JSON.parse(process.argv[2] ?? '') as BareSettings;
const database = new Level<string, string>(directory);
await database.open();

interface Waiting {
  readonly path: string;
  readonly json: string;
  readonly response: ServerResponse;
}

/** By collection and name: a list looks at no others. */
const collections = new Map<string, Map<string, string>>();
const watchers = new Set<ServerResponse>();
let waiting: Waiting[] = [];
let writing = false;
let revision = 0;

function create(path: string, text: string, response: ServerResponse): void {
  revision += 1;
  const object = JSON.parse(text);
  const own = {
    uid: randomUUID(),
    creationTimestamp: new Date().toISOString(),
    resourceVersion: `${revision}`,
  };
  const metadata = { ...object.metadata, ...own };
  waiting.push({ path: `${path}/${metadata.name}`, json: JSON.stringify({ ...object, metadata }), response });
  if (!writing) void write();
}

async function write(): Promise<void> {
  writing = true;
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    const puts = batch.map(({ path, json }) => ({ type: 'put' as const, key: path, value: json }));
    await database.batch(puts, { sync: true });
    for (const { path, json, response } of batch) {
      keep(path, json);
      answer(response, 201, json);
    }
    tell(batch.filter(({ path }) => path.includes('/watched/')));
  }
  writing = false;
}

function tell(batch: readonly Waiting[]): void {
  const lines = batch.map(({ json }) => `{"type":"ADDED","object":${json}}\n`).join('');
  if (lines !== '') for (const watcher of watchers) watcher.write(lines);
}

function answer(response: ServerResponse, code: number, body: string): void {
  response.writeHead(code, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function split(path: string): [collection: string, name: string] {
  const end = path.lastIndexOf('/');
  return [path.slice(0, end), path.slice(end + 1)];
}

function keep(path: string, json: string): void {
  const [collection, name] = split(path);
  const objects = collections.get(collection) ?? new Map<string, string>();
  collections.set(collection, objects.set(name, json));
}

function read(path: string, response: ServerResponse): void {
  const [collection, name] = split(path);
  const object = collections.get(collection)?.get(name);
  if (object !== undefined) return answer(response, 200, object);
  const items = [...(collections.get(path)?.values() ?? [])];
  answer(response, 200, `{"kind":"List","apiVersion":"v1","items":[${items.join(',')}]}`);
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query] = (request.url ?? '').split('?');
  if (request.headers.authorization !== 'Bearer bare') return answer(response, 401, '{}');
  if (request.method === 'GET' && query !== undefined) {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    watchers.add(response);
    response.on('close', () => watchers.delete(response));
  } else if (request.method === 'GET') read(path, response);
  else {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => create(path, Buffer.concat(chunks).toString(), response));
  }
}

const server = createServer(
  { key, cert, noDelay: true, requestCert: true, rejectUnauthorized: false },
  serve,
);
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.on('disconnect', () => process.exit(0));
