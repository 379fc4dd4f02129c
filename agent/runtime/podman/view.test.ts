import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerView, type Inspection } from './view.ts';

const never = '0001-01-01T00:00:00Z';
const once = '2026-11-22T17:33:03Z';

function view(state: Partial<Inspection['State']>, outOfMemory = false) {
  const inspection: Inspection = {
    Id: 'i',
    Name: 'n',
    Image: 'abc',
    ImageName: 'localhost/x:1',
    State: {
      Status: 'created',
      Pid: 0,
      ExitCode: 0,
      OOMKilled: false,
      Error: '',
      StartedAt: never,
      FinishedAt: never,
      ...state,
    },
    Config: { Labels: { 'bramble.dev/managed': 'x', a: 'b' } },
  };
  return containerView(inspection, { outOfMemory, startError: undefined });
}

test('podman’s states become ours', () => {
  const ofStatus = (Status: string, StartedAt = once) => view({ Status, StartedAt, Pid: 7 }).state;
  for (const status of ['running', 'paused', 'stopping']) assert.equal(ofStatus(status), 'running');
  for (const status of ['exited', 'stopped', 'removing']) assert.equal(ofStatus(status), 'exited');
  for (const status of ['created', 'configured', 'initialized'])
    assert.equal(ofStatus(status, never), 'created');
});

test('what ran before a reboot has ended without an exit code of its own', () => {
  for (const status of ['created', 'exited']) {
    const cut = view({ Status: status, StartedAt: once });
    assert.deepEqual([cut.state, cut.exitCode], ['exited', 255]);
    const ended = view({ Status: status, StartedAt: once, FinishedAt: once, ExitCode: 0 });
    assert.deepEqual([ended.state, ended.exitCode], ['exited', 0]);
  }
});

const ended = { Status: 'exited', StartedAt: once, FinishedAt: once };

test('want of memory is told of what failed only', () => {
  assert.equal(view({ ...ended, ExitCode: 137 }, true).outOfMemory, true);
  assert.equal(view({ ...ended, ExitCode: 137, OOMKilled: true }).outOfMemory, true);
  assert.equal(view({ ...ended, ExitCode: 0 }, true).outOfMemory, false);
  assert.equal(view({ Status: 'running', Pid: 7 }, true).outOfMemory, false);
});

test('a container that ended while podman was still starting it did not end before', () => {
  const quick = view({ ...ended, FinishedAt: '2026-11-22T17:33:02.9Z', ExitCode: 4 });
  assert.deepEqual([quick.exitCode, quick.startedAt, quick.finishedAt], [4, once, once]);
});

test('never is empty, and our own label is not shown', () => {
  const { startedAt, finishedAt, labels, imageId } = view({});
  assert.deepEqual([startedAt, finishedAt, labels, imageId], ['', '', { a: 'b' }, 'sha256:abc']);
});
