import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { benchNames } from '../bench/runner/programs.ts';
import { runBench } from '../bench/runner/run-bench.ts';
import { faultsOf } from '../bench/runner/section.ts';
import { project } from './fixture/bramble.ts';
import { runCommand } from './fixture/commands.ts';

const timeoutMs = 240_000;

for (const name of benchNames(join(import.meta.dirname, '..', 'bench')))
  test(`npm run bench -- ${name} --quick prints one whole section`, async () => {
    let progress = '';
    const onProgress = (text: string): void => {
      progress = (progress + text).slice(-4_000);
    };
    const { code, markdown } = await runBench(name, { quick: true, timeoutMs, onProgress });
    assert.equal(code, 0, progress);
    assert.deepEqual(faultsOf(markdown), [], markdown);
  });

test('a name that is no benchmark is refused with those that there are, and --quick is never written down', async () => {
  const bench = (...words: string[]) =>
    runCommand(process.execPath, [join(project, 'test/bench/main.ts'), ...words], { cwd: project });
  const unknown = await bench('stoer');
  assert.equal(unknown.code, 64);
  assert.match(unknown.stderr, /no benchmark is called stoer; there are: .*store/);
  const refused = await bench('store', '--quick', '--write');
  assert.equal(refused.code, 64);
  assert.match(refused.stderr, /leave one of them out/);
});
