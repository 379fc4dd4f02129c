import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'node:test';
import { seededRandom } from '@bramble/actors/testing/random.ts';
import type { EngineState } from '../engine.ts';
import { inTemporaryDirectory } from '../testing/temporary-directory.ts';
import type { StoredObject } from '../types.ts';
import { LevelEngine } from './level-engine.ts';

const rounds = 10;
const child = join(import.meta.dirname, '../testing/crash-child.ts');

interface Answer {
  readonly revision: number;
  readonly key: string;
  readonly marker: string;
}

/** Runs the child, kills it after so many answers and some more milliseconds, and returns all it was answered. */
async function runAndKill(
  directory: string,
  round: number,
  answers: number,
  delayMs: number,
): Promise<Answer[]> {
  const running = spawn(process.execPath, [child, directory, `${round}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(running, 'close');
  let said = '';
  let lines = 0;
  running.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    const before = lines;
    lines += text.split('\n').length - 1;
    if (before <= answers && lines > answers) setTimeout(() => running.kill('SIGKILL'), delayMs);
  });
  const [, signal] = (await closed) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL', `the child ended by itself: ${said.slice(-500)}`);
  // The pipe holds what was written before the kill; the last line may be a part.
  const complete = said.slice(0, said.lastIndexOf('\n')).split('\n').slice(1);
  return complete.map((line) => {
    const [revision, key = '', marker = ''] = line.split(' ');
    return { revision: Number(revision), key, marker };
  });
}

async function look(directory: string): Promise<EngineState & { objects: StoredObject[] }> {
  const engine = new LevelEngine({ directory });
  const state = await engine.open();
  await engine.close();
  return { ...state, objects: [...state.objects] };
}

function markerOf(stored: StoredObject | undefined): string {
  return (stored?.object['data'] as { marker?: string } | undefined)?.marker ?? '';
}

/** Each answered write is there, or a newer one of its key in its place; both halves of a transaction agree. */
function checkAnswers(answers: readonly Answer[], objects: readonly StoredObject[]): void {
  const found = new Map(objects.map((stored) => [stored.key, stored]));
  for (const { revision, key, marker } of answers) {
    const stored = found.get(key);
    assert.ok(
      stored && stored.revision >= revision,
      `${key} was answered at ${revision}, found ${stored?.revision}`,
    );
    if (stored.revision === revision) assert.equal(markerOf(stored), marker);
  }
  for (const stored of objects.filter(({ key }) => key.includes('/left-')))
    assert.equal(markerOf(found.get(stored.key.replace('/left-', '/right-'))), markerOf(stored));
}

test('G1 G2 killed at any moment, no answered write is lost, none is torn, no revision is given twice', () =>
  inTemporaryDirectory(async (parent) => {
    const directory = join(parent, 'store');
    const random = seededRandom(11);
    let revision = 0;
    let epoch = 0;
    for (let round = 0; round < rounds; round += 1) {
      const answers = await runAndKill(directory, round, Math.floor(random() * 1_500), random() * 20);
      const state = await look(directory);
      checkAnswers(answers, state.objects);
      const given = answers.map((answer) => answer.revision);
      assert.ok(given.length > 0);
      assert.equal(new Set(given).size, given.length);
      assert.ok(Math.min(...given) > revision, 'a revision of an earlier round was given again');
      assert.ok(state.revision >= Math.max(...given));
      assert.ok(state.epoch >= epoch + 2, 'the child’s opening and this one each have their epoch');
      ({ revision, epoch } = state);
    }
  }));
