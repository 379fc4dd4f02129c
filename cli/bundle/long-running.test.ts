import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { projectRoot } from '../project-root.ts';
import { longRunning } from './long-running.ts';
import { agentBeside } from './node-program.ts';

const cache = await mkdtemp(join(tmpdir(), 'bramble-bundle-'));
after(() => rm(cache, { recursive: true }));

/** What the agent says to a flag that does not exist. */
function complaint(script: string): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [script, '--wrong'], { encoding: 'utf8' });
  return { status, stderr };
}

const { script, env } = longRunning('agent', cache);
const bundles = join(cache, 'programs');

test('the agent is one file that answers as its source does, and the other programs are beside it', async () => {
  assert.ok(script.startsWith(`${bundles}/`), script);
  const said = complaint(script);
  assert.match(said.stderr, /--wrong/);
  assert.deepEqual(said, complaint(join(projectRoot, 'agent', 'main.ts')));
  assert.equal(longRunning('up', cache).script, script.replace('agent/main.js', 'cli/up/main.js'));
  assert.equal(longRunning('join', cache).script, script.replace('agent/main.js', 'cli/join/main.js'));
  assert.equal(env['MALLOC_ARENA_MAX'], '1');
});

test('what is used seldom is not read at the start', async () => {
  const names = (await readdir(join(script, '../..'))).filter((name) => name.startsWith('request-'));
  assert.equal(names.length, 1, 'the certificate request and its libraries');
  assert.doesNotMatch(await readFile(script, 'utf8'), /CertificateRequestGenerator/);
});

test('what a broken card changed is made anew, and so is what went missing', async () => {
  const whole = await readFile(script, 'utf8');
  await writeFile(script, whole.replace('exitCodes', 'exitCodez'));
  assert.equal(longRunning('agent', cache).script, script);
  assert.equal(await readFile(script, 'utf8'), whole);
  await truncate(script, 100);
  longRunning('agent', cache);
  assert.equal(await readFile(script, 'utf8'), whole);
  await rm(script);
  longRunning('agent', cache);
  assert.equal(await readFile(script, 'utf8'), whole);
});

test('of bundles of source as it was before, the last one stays for those that run', async () => {
  for (const [name, age] of [
    ['before', 60],
    ['long-before', 3_600],
  ] as const) {
    await mkdir(join(bundles, name));
    const then = Date.now() / 1_000 - age;
    await utimes(join(bundles, name), then, then);
  }
  await rm(script);
  longRunning('agent', cache);
  const left = await readdir(bundles);
  assert.ok(left.includes('before'));
  assert.deepEqual(left.filter((name) => name !== 'before').length, 1);
});

test('where nothing can be written, the source is run as it is', async () => {
  const file = join(cache, 'file');
  await writeFile(file, '');
  assert.equal(longRunning('agent', file).script, join(projectRoot, 'agent', 'main.ts'));
});

test('up and join start the agent that lies beside them', () => {
  for (const program of ['up', 'join'] as const) {
    assert.deepEqual(agentBeside(longRunning(program, cache).script), { script, env });
  }
  const source = join(projectRoot, 'cli', 'up', 'main.ts');
  assert.equal(agentBeside(source).script, join(projectRoot, 'agent', 'main.ts'));
  assert.equal(agentBeside('/removed/cli/up/main.js').script, join(projectRoot, 'agent', 'main.ts'));
  assert.throws(() => agentBeside('/elsewhere.ts'), /neither/);
});
