// Commits for as long as it lives, and says on standard output what was answered: `revision key marker` a line.
// Started and killed by level/crash.test.ts: `node crash-child.ts DIRECTORY ROUND`.
import { writeSync } from 'node:fs';
import { LevelEngine } from '../level/level-engine.ts';
import { put, runStore, transaction } from './running-store.ts';

const [, , directory = '', round = ''] = process.argv;
const { store } = await runStore(new LevelEngine({ directory }));

async function client(index: number): Promise<void> {
  for (let count = 0; ; count += 1) {
    const marker = `${round}-${count}`;
    // Both or none: what is found afterwards must agree.
    const writes = [put(`left-${index}`, { marker }), put(`right-${index}`, { marker })];
    const result = await store.commit(transaction(writes));
    if (!result.ok) throw new Error(JSON.stringify(result));
    // One write a line, at once: a line is out whole before the next commit begins.
    for (const { revision, key } of result.objects) writeSync(1, `${revision} ${key} ${marker}\n`);
  }
}

writeSync(1, 'ready\n');
await Promise.all(Array.from({ length: 8 }, (_, index) => client(index)));
