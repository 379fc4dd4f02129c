import assert from 'node:assert/strict';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type {
  Container,
  ContainerStatus,
  PodSpec,
  PodStatus,
} from '@bramble/protocol/schema/types.generated.ts';
import { podObject } from './objects.ts';
import { Rig } from './rig.ts';

/** A board that was ordered to run these pods a second ago. */
export async function rigWith(...pods: readonly KubeObject[]): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(100);
  return order(rig, ...pods);
}

/** Orders pods, for tests that prepare the board first. */
export async function order(rig: Rig, ...pods: readonly KubeObject[]): Promise<Rig> {
  rig.want(...pods.map((pod) => ['pods', pod] as const));
  await rig.host.elapse(1_000);
  assert.deepEqual(rig.crashes, []);
  return rig;
}

export function booted(prepare: (rig: Rig) => void): Rig {
  const rig = new Rig();
  prepare(rig);
  rig.boot();
  return rig;
}

/** Pod `a` with one container, `web`. */
export function podA(container: Partial<Container>, spec: Partial<PodSpec> = {}): KubeObject {
  return podObject('a', { containers: [{ name: 'web', image: 'localhost/web:1', ...container }], ...spec });
}

export function statusOf(rig: Rig, name = 'a'): PodStatus {
  return rig.lastReport(name).status as PodStatus;
}

export function web(rig: Rig): ContainerStatus {
  const status = statusOf(rig).containerStatuses?.[0];
  assert.ok(status);
  return status;
}

export function isReady(rig: Rig): boolean {
  return statusOf(rig).conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

/** What was told of pod `a` in order, each note once: `Reason message`. */
export function told(rig: Rig): string[] {
  const notes = new Map(
    rig.reports('a').flatMap(({ notes: some = [] }) => some.map((note) => [note.number, note] as const)),
  );
  return [...notes.values()]
    .sort((a, b) => a.number - b.number)
    .map((note) => `${note.reason} ${note.message}`);
}
