import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containersConf, hardLimits, podmanPaths, storageConf } from './settings.ts';

const limitsText = `Limit                     Soft Limit           Hard Limit           Units
Max processes             96365                96365                processes
Max open files            1024                 20000                files
`;

test('limits stay within what the process has itself', () => {
  assert.deepEqual(hardLimits(limitsText, 32_768), { openFiles: 20_000, processes: 32_768 });
  assert.deepEqual(hardLimits(limitsText.replaceAll('96365', 'unlimited'), 4_194_304), {
    openFiles: 20_000,
    processes: 4_194_304,
  });
  assert.deepEqual(hardLimits('', 4_194_304), { openFiles: 1_048_576, processes: 4_194_304 });
});

test('agents with other data directories share nothing', () => {
  const [one, two] = [podmanPaths('/var/lib/bramble'), podmanPaths('/home/pi/.bramble')];
  for (const key of Object.keys(one) as (keyof typeof one)[]) assert.notEqual(one[key], two[key]);
  // sockaddr_un holds 108 bytes.
  assert.ok(one.socket.length < 100);
});

test('podman’s clean-up process finds the same database', () => {
  const paths = podmanPaths('/data "quoted"');
  const settings = { ociRuntime: 'crun', systemd: true, hardLimits: { openFiles: 1, processes: 2 } };
  const text = containersConf(paths, { ...settings, sharedImageStore: undefined });
  assert.ok(text.includes(`static_dir = ${JSON.stringify(`${paths.graphRoot}/libpod`)}`));
  assert.match(text, /cgroup_manager = "systemd"\n/);
  assert.match(text, /default_ulimits = \["nofile=1:1", "nproc=2:2"\]/);
  assert.match(storageConf(paths, { sharedImageStore: undefined }), /additionalimagestores = \[\]\n/);
  assert.match(storageConf(paths, { sharedImageStore: '/x' }), /additionalimagestores = \["\/x"\]\n/);
});
