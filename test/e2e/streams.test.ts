import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { runCommand, succeed } from './fixture/commands.ts';
import { eventually } from './fixture/eventually.ts';
import { pod, shell, stream } from './fixture/objects.ts';
import { containerIds, podShows, readyAddress } from './fixture/pods.ts';

let bramble: Bramble;
const bulkMebibytes = 20;
const stays = (name: string) =>
  pod(name, [shell('main', 'echo up; exec sleep 100000')], { terminationGracePeriodSeconds: 0 });

before(async () => {
  bramble = await startBramble();
  await bramble.kubectl('create -f -', stream([stays('box')]));
  await readyAddress(bramble, 'box');
});
after(() => bramble?.dispose());

test('G8: a reader that stalls stalls its own stream alone; bulk delays neither statuses nor other streams', async () => {
  const door = bramble.file('door');
  await succeed('mkfifo', [door]);
  const sum = createHash('md5')
    .update(Buffer.alloc(bulkMebibytes * 1_048_576))
    .digest('hex');
  const bulk = `kubectl exec box -- sh -c 'dd if=/dev/zero bs=1048576 count=${bulkMebibytes} 2>/dev/null'`;
  const stalled = bramble.beside('sh', ['-c', `${bulk} | { read -r go < ${door}; md5sum; }`]);
  const flowing = bramble.beside('sh', ['-c', `${bulk} | md5sum`]);
  try {
    await eventually('both to run', async () => {
      const { stdout } = await bramble.client('kubectl', 'exec box -- ps -o comm');
      return stdout.split('\n').filter((line) => line === 'dd').length === 2 || undefined;
    });
    await bramble.kubectl('create -f -', stream([stays('meanwhile')]));
    await podShows(bramble, 'meanwhile', 'Running', ({ status }) => status?.phase === 'Running' || undefined);
    assert.equal(await bramble.kubectl('exec meanwhile -- echo heard'), 'heard\n');
    assert.equal(await bramble.kubectl('logs meanwhile'), 'up\n');
    await flowing.printed(new RegExp(sum), 120_000);
    assert.equal(stalled.output, '', 'the stalled one has not ended');
  } finally {
    await writeFile(door, 'go\n');
  }
  await stalled.printed(new RegExp(sum), 120_000);
});

test('the end of agent and controller ends their streams with an error, and nothing else', async () => {
  const ids = await containerIds(bramble);
  for (const program of ['agent', 'controller'] as const) {
    const exec = bramble.beside('kubectl', ['exec', 'box', '--', 'sh', '-c', 'echo begun; exec sleep 3000']);
    const follow = bramble.beside('kubectl', 'logs -f box');
    await exec.printed(/^begun$/m);
    await follow.printed(/^up$/m);
    process.kill(await bramble.pidOf(program), 'SIGKILL');
    assert.notEqual(await exec.ended(), 0);
    await follow.ended();
    if (program === 'agent') assert.match(exec.output, /board e2e-board lost its link/);
    await eventually(`streams after the ${program}'s end`, async () => {
      const { stdout } = await bramble.client('kubectl', ['exec', 'box', '--', 'echo', 'again']);
      return stdout === 'again\n' || undefined;
    });
  }
  const after = await containerIds(bramble);
  assert.equal(after['box/main'], ids['box/main']);
});

test('a board that is away is named', async () => {
  const agent = await bramble.pidOf('agent');
  process.kill(agent, 'SIGSTOP');
  try {
    const { stderr } = await bramble.client('kubectl', 'exec box -- true');
    assert.match(stderr, /the board does not answer|board e2e-board (has no|lost its) link/);
  } finally {
    process.kill(agent, 'SIGCONT');
  }
  await eventually('its return', async () => {
    const { code } = await runCommand('kubectl', ['exec', 'box', '--', 'true'], { env: bramble.env });
    return code === 0 || undefined;
  });
});
