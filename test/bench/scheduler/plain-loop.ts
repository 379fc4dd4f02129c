import { boardFacts, podFacts } from '@bramble/controller/scheduler/facts.ts';
import { refusalOf } from '@bramble/controller/scheduler/filters.ts';
import { score } from '@bramble/controller/scheduler/score.ts';
import type { Board } from '@bramble/controller/scheduler/snapshot.ts';
import { boards } from './fleet.ts';
import { keyOf } from './objects.ts';
import { pods } from './pods.ts';

/**
 * Pods per second of CPU that a plain loop places in memory, writing nothing: for each pod every board is filtered and
 * scored by the same rules, and the best is taken.
 */
export function plainLoop(boardCount: number, podCount: number): number {
  const fleet = boards(boardCount).map((object): Board => {
    const facts = boardFacts(object);
    return { facts, usedCpuMilli: 0, usedMemoryBytes: 0, usedPods: 0, hostPorts: [] };
  });
  const wanted = pods(podCount).map((object) => podFacts(keyOf(object), object));
  const before = process.cpuUsage();
  for (const pod of wanted) {
    let best: Board | undefined;
    let bestScore = -1;
    for (const board of fleet) {
      if (refusalOf(pod, board)) continue;
      const points = score(pod, board);
      if (points > bestScore) [best, bestScore] = [board, points];
    }
    if (!best) throw new Error(`no board takes ${pod.name}`);
    best.usedCpuMilli += pod.requests.cpuMilli;
    best.usedMemoryBytes += pod.requests.memoryBytes;
    best.usedPods += 1;
    best.hostPorts.push(...pod.hostPorts);
  }
  const { user, system } = process.cpuUsage(before);
  return (podCount / (user + system)) * 1_000_000;
}
