import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { Bench, untilHolds } from './bench.testing.ts';

/** Seconds until the kernel probes each connection of this port that is idle (/proc/net/tcp: timer 2). */
async function probesInSeconds(port: number): Promise<number[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const own = new RegExp(`^ *\\d+: \\w+:${hex} \\w+:\\w+ 01 \\w+:\\w+ 02:(\\w+) `, 'gm');
  return [...tables.join('\n').matchAll(own)].map(([, ticks = '']) => Number.parseInt(ticks, 16) / 100);
}

for (const { keepaliveSeconds, probed } of [
  { keepaliveSeconds: 600, probed: [600, 900] },
  { keepaliveSeconds: 30, probed: [1, 60] },
])
  test(`TCP bears the silence that a keepalive of ${keepaliveSeconds} s allows, and probes no later than others otherwise`, async (t) => {
    const bench = await Bench.start(t);
    await bench.open(t, bench.user('view'), { clientId: 'patient', keepaliveSeconds }).connected();
    const [least = 0, most = 0] = probed;
    await untilHolds(
      () => probesInSeconds(bench.broker.port),
      (seen) => seen.length === 1 && (seen[0] ?? 0) > least && (seen[0] ?? 0) <= most,
    );
    assert.equal((await bench.broker.counts()).connections, 1);
  });
