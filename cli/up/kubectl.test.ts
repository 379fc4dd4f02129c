import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { chooseKubectl } from './kubectl.ts';

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bramble-kubectl-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with a kubectl that prints this, as `kubectl version --client --output json` does. */
function kubectlThatPrints(parent: string, name: string, text: string): string {
  const folder = join(parent, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\necho '${text}'\n`, { mode: 0o755 });
  return folder;
}

const version = (text: string): string => JSON.stringify({ clientVersion: { gitVersion: text } });

test('the first kubectl in PATH that fits is taken, older and broken ones before it are not', async (context) => {
  const parent = temporaryFolder(context);
  const folders = [
    kubectlThatPrints(parent, 'old', version('v1.33.9')),
    kubectlThatPrints(parent, 'broken', 'Segmentation fault'),
    join(parent, 'absent'),
    kubectlThatPrints(parent, 'fits', version('v1.36.2')),
    kubectlThatPrints(parent, 'later', version('v1.34.0')),
  ];
  assert.deepEqual(await chooseKubectl(join(parent, 'bin'), folders.join(':')), {
    found: true,
    path: join(parent, 'fits', 'kubectl'),
    from: 'PATH',
  });
});

test('our own folder in PATH is not taken for the machine’s', async (context) => {
  const parent = temporaryFolder(context);
  const own = kubectlThatPrints(parent, 'bin', version('v1.35.0'));
  const theirs = kubectlThatPrints(parent, 'theirs', version('v1.34.1'));
  const choice = await chooseKubectl(own, `${own}:${theirs}`);
  assert.equal(choice.found && choice.path, join(theirs, 'kubectl'));
});

test('one that was unpacked before is taken where PATH has none that fits', async (context) => {
  const parent = temporaryFolder(context);
  const bin = join(parent, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'kubectl-1.35'), '');
  const old = kubectlThatPrints(parent, 'old', version('v1.20.0'));
  assert.deepEqual(await chooseKubectl(bin, old), {
    found: true,
    path: join(bin, 'kubectl-1.35'),
    from: 'package',
  });
});
