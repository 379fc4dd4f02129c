import assert from 'node:assert/strict';
import test from 'node:test';
import { type ExecResult, RuntimeError } from '../runtime/port.ts';
import { type Handler, portOf, tryHandler } from './handlers.ts';
import type { Answer, ProbeConnections } from './port.ts';

const success: Answer = { outcome: 'success', output: '' };
const subject = { id: 'c1', host: '10.42.1.2', ports: [{ name: 'http', containerPort: 8080 }] };

function tried(handler: Handler, exec?: () => ExecResult): { asked: unknown[]; answer: Promise<Answer> } {
  const asked: unknown[] = [];
  const note = async (what: unknown): Promise<Answer> => {
    asked.push(what);
    return success;
  };
  const connections: ProbeConnections = {
    http: note,
    tcp: (...args) => note(args),
    grpc: (...args) => note(args),
  };
  const runtime = { exec: async () => exec?.() ?? { exitCode: 0, output: '' } };
  return { asked, answer: tryHandler(handler, subject, { runtime, connections }, 1_500) };
}

test('a command: its exit code decides, what it wrote is told', async () => {
  const handler = { exec: { command: ['cat', 'x y'] } };
  assert.deepEqual(await tried(handler, () => ({ exitCode: 0, output: 'fine' })).answer, {
    outcome: 'success',
    output: 'fine',
  });
  assert.deepEqual(await tried(handler, () => ({ exitCode: 2, output: 'bad' })).answer, {
    outcome: 'failure',
    output: 'bad',
  });
  assert.deepEqual(await tried(handler, () => ({ exitCode: undefined, output: '' })).answer, {
    outcome: 'failure',
    output: 'command timed out: "cat x y" timed out after 1.5s',
  });
});

test('what could not be tried is an error, which is no failure of the container', async () => {
  const answer = await tried({ exec: { command: ['x'] } }, () => {
    throw new RuntimeError('spec', 'no x');
  }).answer;
  assert.deepEqual(answer, { outcome: 'error', output: 'no x' });
  const nameless = await tried({ tcpSocket: { port: 'smtp' } }).answer;
  assert.deepEqual(nameless, { outcome: 'error', output: 'the container has no port "smtp"' });
  assert.equal((await tried({}).answer).outcome, 'error');
});

test('a runtime that does not answer is no answer: the caller tries again', async () => {
  const { answer } = tried({ exec: { command: ['x'] } }, () => {
    throw new RuntimeError('unavailable', 'podman does not answer');
  });
  await assert.rejects(answer, /podman does not answer/);
});

test('connections go to the pod unless another host is named', async () => {
  const { asked, answer } = tried({ httpGet: { port: 'http', host: 'other' } });
  await answer;
  assert.deepEqual(asked, [{ scheme: 'http', host: 'other', port: 8080, path: '/', headers: [] }]);
  const grpc = tried({ grpc: { port: 9, service: 'shop' } });
  await grpc.answer;
  assert.deepEqual(grpc.asked, [['10.42.1.2', 9, 'shop', 1_500]]);
});

test('a port is a number, in digits too, or a name', () => {
  assert.equal(portOf(80, subject.ports), 80);
  assert.equal(portOf('81', subject.ports), 81);
  assert.equal(portOf('http', subject.ports), 8080);
  for (const bad of ['', 'x', 0, 65_536, 1.5]) assert.equal(portOf(bad, subject.ports), undefined);
});
