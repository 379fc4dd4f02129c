import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientThat, runtimeOn } from '../../testing/stub-podman.ts';

/** A podman with one container, at which it cannot look. */
const blindTo = (state: string) =>
  runtimeOn(
    clientThat(async (_method, path) =>
      path.startsWith('/containers/json')
        ? { status: 200, text: JSON.stringify([{ Id: 'a', State: state, Pid: 7, StartedAt: 1 }]) }
        : { status: 500, text: 'layer not known' },
    ),
  );

test('a container that podman cannot look at hides nothing, unless it holds processes', async () => {
  assert.deepEqual(await blindTo('exited').list(), []);
  // Left out of the list, it would be started a second time.
  for (const state of ['running', 'paused', 'stopping'])
    await assert.rejects(blindTo(state).list(), /layer not known/, state);
});
