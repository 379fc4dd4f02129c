import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientThat, runtimeOn } from '../../testing/stub-podman.ts';

const startedAt = '2026-11-22T17:33:03Z';

/** A podman with one container, as it is told, that counts how often it was looked at. */
class OnePod {
  state = { Status: 'running', Pid: 7, ExitCode: 0, StartedAt: startedAt };
  looks = 0;

  readonly runtime = runtimeOn(
    clientThat((_method, path) => Promise.resolve({ status: 200, text: JSON.stringify(this.#answer(path)) })),
  );

  #answer(path: string): unknown {
    const { Status, Pid, StartedAt } = this.state;
    if (path.startsWith('/containers/json'))
      return [{ Id: 'a', State: Status, Pid, StartedAt: Math.floor(Date.parse(StartedAt) / 1_000) }];
    this.looks += 1;
    const never = '0001-01-01T00:00:00Z';
    const State = { ...this.state, OOMKilled: false, Error: '', FinishedAt: never };
    return { Id: 'a', Name: 'n', Image: 'b', ImageName: 'c', State, Config: {} };
  }
}

test('what runs on is looked at once', async () => {
  const pod = new OnePod();
  const first = await pod.runtime.list();
  assert.deepEqual([first[0]?.state, first[0]?.pid], ['running', 7]);
  assert.deepEqual(await pod.runtime.list(), first);
  assert.equal(pod.looks, 1);
});

test('what started again, or ended, is looked at anew', async () => {
  const pod = new OnePod();
  await pod.runtime.list();
  pod.state = { ...pod.state, Pid: 8 };
  assert.equal((await pod.runtime.list())[0]?.pid, 8);
  // The kernel gave it the same number again.
  pod.state = { ...pod.state, StartedAt: '2026-11-22T17:40:00Z' };
  assert.equal((await pod.runtime.list())[0]?.startedAt, '2026-11-22T17:40:00Z');
  pod.state = { ...pod.state, Status: 'exited', ExitCode: 3 };
  assert.equal((await pod.runtime.list())[0]?.state, 'exited');
  await pod.runtime.list();
  assert.equal(pod.looks, 5, 'of what has ended, why may be known later');
});
