import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lockAgent } from './agent-lock.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-lock-'));
});
after(() => rm(folder, { recursive: true }));

const script = `
  const { lockAgent } = await import(process.argv[1]);
  await lockAgent({ directory: process.argv[2], pid: process.pid, patienceMs: Number(process.argv[3]), pause: (ms) => new Promise((done) => setTimeout(done, ms)) }).then(
    () => { process.send('locked'); setInterval(() => {}, 1000); },
    (error) => { process.send(error.code + ' ' + error.message); process.disconnect(); });
`;

/** Another agent, as far as the lock is concerned; and the first that it says. */
async function agent(directory: string, patienceMs = 0): Promise<{ child: ChildProcess; said: string }> {
  const module = new URL('./agent-lock.ts', import.meta.url).href;
  const args = ['--input-type=module', '-e', script, module, directory, String(patienceMs)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [said] = await once(child, 'message');
  return { child, said: String(said) };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

test('a second agent is refused, and is told by whom', async () => {
  const directory = join(folder, 'two');
  const first = await agent(directory);
  assert.equal(first.said, 'locked');
  const second = await agent(directory);
  assert.match(second.said, /^BRAMBLE_AGENT_RUNNING another agent uses this data directory/);
  assert.match(second.said, new RegExp(`process ${first.child.pid}, `));
  await kill(first.child);
});

test('what a killed agent left does not stand in the way; nor does another process of its number', async () => {
  const directory = join(folder, 'killed');
  const first = await agent(directory);
  await kill(first.child);
  assert.equal((await readdir(directory)).length, 1, 'it left its claim');
  await writeFile(join(directory, `${process.pid}-1-some-other-boot`), '');
  const second = await agent(directory);
  assert.equal(second.said, 'locked');
  assert.equal((await readdir(directory)).length, 1, 'and only the living one is left');
  await kill(second.child);
});

test('an agent that is just ending is waited for', async () => {
  const directory = join(folder, 'ending');
  const first = await agent(directory);
  const second = agent(directory, 20_000);
  await kill(first.child);
  const { said, child } = await second;
  assert.equal(said, 'locked');
  await kill(child);
});

test('of many that start at once one gets it, or none; never two', async () => {
  const directory = join(folder, 'many');
  const all = await Promise.all(Array.from({ length: 5 }, () => agent(directory)));
  const locked = all.filter(({ said }) => said === 'locked');
  assert.ok(locked.length <= 1, `${locked.length} have it`);
  assert.ok(all.every(({ said }) => said === 'locked' || said.startsWith('BRAMBLE_AGENT_RUNNING')));
  for (const { child } of locked) await kill(child);
});

test('what was released is free', async () => {
  const directory = join(folder, 'released');
  const own = { directory, pid: process.pid, patienceMs: 0, pause: async () => {} };
  await (await lockAgent(own)).release();
  const next = await agent(directory);
  assert.equal(next.said, 'locked');
  await kill(next.child);
});
