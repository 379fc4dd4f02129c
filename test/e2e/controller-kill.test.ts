import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startHere } from '../kill/controller-here.ts';
import { killRounds } from '../kill/kill-rounds.ts';
import { freePorts } from './fixture/machine.ts';

const rounds = 6;

test('G1 G2 a controller killed under load has lost nothing that it answered; watchers go on, or list anew', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bramble-kill-'));
  try {
    const [httpsPort = 0, mqttPort = 0] = await freePorts(2);
    const place = { dataDir: join(folder, 'data'), httpsPort, mqttPort };
    const report = await killRounds({ start: () => startHere(place), rounds, seed: process.pid });
    assert.deepEqual(report.violations, []);
    assert.ok(report.answered > rounds, `${report.answered} writes were answered`);
    assert.ok(report.resumed > 0, `${report.resumed} watches went on`);
    assert.ok(report.events > rounds, `the watcher was told of ${report.events} changes`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
