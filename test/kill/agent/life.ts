import { setTimeout as pause } from 'node:timers/promises';
import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { Effect, Moment } from './effects.ts';
import { containersOf, remains, type SeenContainer } from './look.ts';
import type { Phase, Subject } from './phases.ts';
import { findPod, type Stage } from './stage.ts';
import { wrongWith } from './verify.ts';

export interface PhaseResult {
  readonly phase: string;
  readonly moment: Moment | undefined;
  /** The agent died at that moment; `false` also when none was named. */
  readonly died: boolean;
  readonly wrong: readonly string[];
  /** What the agent did, where it lived. */
  readonly effects: readonly Effect[];
}

const patienceMs = 240_000;
const lookMs = 50;
const lastEffectsMs = 500;

/** One pod from its creation to its removal, phase by phase; in each the agent may die at one moment, and is started again. */
export async function live(
  stage: Stage,
  name: string,
  phases: readonly Phase[],
  moments: ReadonlyMap<string, Moment>,
): Promise<PhaseResult[]> {
  const results: PhaseResult[] = [];
  let subject: Subject = { name, uid: '', restarts: 0 };
  for (const phase of phases) {
    subject = { ...subject, restarts: subject.restarts + phase.restarts };
    const { result, uid } = await pass(stage, subject, phase, moments.get(phase.name));
    subject = { ...subject, uid };
    results.push(result);
  }
  return results;
}

async function pass(
  stage: Stage,
  before: Subject,
  phase: Phase,
  moment: Moment | undefined,
): Promise<{ result: PhaseResult; uid: string }> {
  const { agent, bramble } = stage;
  let lasting = before.uid === '' ? undefined : await lastingOf(stage, before.uid, phase);
  await agent.arm(moment);
  await phase.begin(stage, before);
  const uid = before.uid || ((await findPod(stage, before.name))?.metadata?.uid ?? '');
  const subject = { ...before, uid };
  let died = false;
  const revive = async (): Promise<void> => {
    if (agent.alive) return;
    died = true;
    lasting ??= await lastingOf(stage, uid, phase);
    await agent.start().catch((error: Error) => {
      throw new Error(`${phase.name}, agent killed ${whenOf(moment)}: ${error.message}`);
    });
  };
  const wrongNow = async (): Promise<string[]> => {
    await revive();
    const pod = await findPod(stage, subject.name);
    return pod ? wrongWith(stage, subject, pod, lasting ?? []) : remains(bramble);
  };
  await over(stage, subject, phase, moment, revive);
  await settled(wrongNow);
  // What is done last may come after all is well.
  if (!died) await pause(lastEffectsMs);
  const effects = [...agent.effects];
  await agent.arm();
  const wrong = await settled(wrongNow);
  return { result: { phase: phase.name, moment, died, wrong, effects }, uid };
}

/** @throws Error with the pod's status when it never comes to rest */
async function over(
  stage: Stage,
  subject: Subject,
  phase: Phase,
  moment: Moment | undefined,
  revive: () => Promise<void>,
): Promise<void> {
  const due = performance.now() + patienceMs;
  for (;;) {
    await revive();
    const pod = await findPod(stage, subject.name);
    if (await phase.isOver(stage, subject, pod)) return;
    if (performance.now() > due) throw new Error(tooLong(phase, moment, pod, stage.agent.output));
    await pause(lookMs);
  }
}

const settleMs = 20_000;

/** What is still wrong when there was time to mend it: a status or a tombstone may be on its way. */
async function settled(look: () => Promise<string[]>): Promise<string[]> {
  const due = performance.now() + settleMs;
  for (;;) {
    const wrong = await look();
    if (wrong.length === 0 || performance.now() > due) return wrong;
    await pause(200);
  }
}

/** What runs, and must run on through that phase. */
async function lastingOf({ bramble }: Stage, uid: string, { ends }: Phase): Promise<SeenContainer[]> {
  const containers = await containersOf(bramble, uid);
  return containers.filter(({ running, container }) => running && !ends.includes(container));
}

function tooLong({ name }: Phase, moment: Moment | undefined, pod: Pod | undefined, output: string): string {
  return `${name}, agent killed ${whenOf(moment)}: waited ${patienceMs / 1_000} s; the pod is ${JSON.stringify(pod?.status, undefined, 1)}\n${output}`;
}

const whenOf = (moment: Moment | undefined): string => (moment ? momentText(moment) : 'never');

export function momentText({ effect, occurrence, position }: Moment): string {
  return `${position} ${effect}${occurrence > 1 ? ` (the ${occurrence}. time)` : ''}`;
}
