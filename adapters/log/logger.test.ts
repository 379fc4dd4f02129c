import assert from 'node:assert/strict';
import test from 'node:test';
import { createLog } from './logger.ts';

const failure = new Error('could not dial', { cause: new Error('no route to host') });

test('JSON: level, sender, message, fields, and errors with their cause', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', pretty: false, write: (line) => lines.push(line) });
  log({ level: 'debug', from: 'agent', message: 'not shown' });
  log({ level: 'warn', from: 'agent/link', message: 'lost', fields: { attempt: 3, error: failure } });
  assert.equal(lines.length, 1);
  const entry = JSON.parse(lines[0] ?? '');
  assert.deepEqual([entry.level, entry.from, entry.msg, entry.attempt], ['warn', 'agent/link', 'lost', 3]);
  assert.equal(entry.error.message, 'could not dial');
  assert.equal(entry.error.cause.message, 'no route to host');
});

test('pretty: one readable line, then the stacks', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', pretty: true, write: (line) => lines.push(line) });
  log({ level: 'info', from: 'controller/broker', message: 'listening', fields: { port: 8883, host: '::' } });
  log({ level: 'error', from: 'agent', message: 'failed', fields: { error: failure } });
  assert.match(
    lines[0] ?? '',
    /^\d\d:\d\d:\d\d\.\d{3} info {2}controller\/broker: listening {2}port=8883 {2}host=::\n$/,
  );
  assert.match(
    lines[1] ?? '',
    /error="could not dial"\n {4}Error: could not dial\n[\s\S]*caused by\n {4}Error: no route/,
  );
});

test('what JSON cannot say is told all the same', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', pretty: false, write: (line) => lines.push(line) });
  const ring: Record<string, unknown> = { size: 5n };
  ring['self'] = ring;
  log({ level: 'error', from: 'agent', message: 'odd', fields: { ring } });
  const entry = JSON.parse(lines[0] ?? '');
  assert.deepEqual([entry.level, entry.from, entry.msg], ['error', 'agent', 'odd']);
  assert.match(entry.fields, /size: 5n[\s\S]*Circular/);
});
