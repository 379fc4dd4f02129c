import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runDirectory } from '@bramble/agent/runtime/run-directory.ts';
import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import { stream } from '../../e2e/fixture/objects.ts';
import { call } from '../api.ts';
import { keptFile } from './look.ts';
import { richPod, secondImage, shortPod } from './pods.ts';
import type { Stage } from './stage.ts';

/** A pod at one time of its life, and what is known of it by then. */
export interface Subject {
  readonly name: string;
  readonly uid: string;
  /** How often its container `one` must have been restarted. */
  readonly restarts: number;
}

/** A part of a pod's life, from what a person or a fault does to the rest that follows. */
export interface Phase {
  readonly name: string;
  /** Restarts of the container `one` that belong to it. */
  readonly restarts: number;
  /** Containers that may end in it; all others must run on, as the processes that they are. */
  readonly ends: readonly string[];
  begin(stage: Stage, subject: Subject): Promise<unknown>;
  /** Whether the fleet has come to rest, by the controller's word. `pod` is there no more when it is `undefined`. */
  isOver(stage: Stage, subject: Subject, pod: Pod | undefined): Promise<boolean>;
}

type Status = NonNullable<Pod['status']>;
type ContainerStatus = NonNullable<Status['containerStatuses']>[number];

export function isReady(pod: Pod | undefined): boolean {
  return pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

export function statusOf(pod: Pod | undefined, container: string): ContainerStatus | undefined {
  return pod?.status?.containerStatuses?.find(({ name }) => name === container);
}

const restarted = (pod: Pod | undefined, { restarts }: Subject): boolean =>
  isReady(pod) && statusOf(pod, 'one')?.restartCount === restarts;

const create = (stage: Stage, pod: Readonly<Record<string, unknown>>): Promise<string> =>
  stage.bramble.kubectl('create -f -', stream([pod]));

const remove = ({ access }: Stage, { name }: Subject): Promise<unknown> =>
  call(access, 'DELETE', `/api/v1/namespaces/default/pods/${name}`);

const start: Phase = {
  name: 'start',
  restarts: 0,
  ends: ['first'],
  begin: (stage, { name }) => create(stage, richPod(name, stage.hostPort)),
  isOver: async (_, __, pod) => isReady(pod),
};

const settings: Phase = {
  name: 'settings change',
  restarts: 0,
  ends: [],
  async begin({ bramble }, { name }) {
    const patch = JSON.stringify({ data: { color: colorOf(name) } });
    await bramble.kubectl(['patch', 'configmap', 'settings', '--patch', patch]);
  },
  async isOver({ bramble }, { name, uid }) {
    const file = join(runDirectory(bramble.dataDir), 'volumes', uid, 'settings', 'color');
    return (await readFile(file, 'utf8').catch(() => '')) === colorOf(name);
  },
};

const colorOf = (name: string): string => `color of ${name}`;

const crash: Phase = {
  name: 'crash',
  restarts: 1,
  ends: ['one'],
  begin: ({ bramble }, { uid }) => writeFile(keptFile(bramble, uid, 'crash'), ''),
  isOver: async (_, subject, pod) => restarted(pod, subject),
};

const unhealthy: Phase = {
  name: 'liveness failure',
  restarts: 1,
  ends: ['one'],
  begin: ({ bramble }, { uid }) => rm(keptFile(bramble, uid, 'healthy')),
  isOver: async (_, subject, pod) => restarted(pod, subject),
};

const update: Phase = {
  name: 'image update',
  restarts: 1,
  ends: ['one'],
  begin: ({ bramble }, { name }) => bramble.kubectl(`set image pod/${name} one=${secondImage}`),
  isOver: async (_, subject, pod) => restarted(pod, subject),
};

const end: Phase = {
  name: 'removal',
  restarts: 0,
  ends: ['first', 'one', 'two', 'work'],
  begin: remove,
  isOver: async (_, __, pod) => pod === undefined,
};

const shortRun: Phase = {
  name: 'start to end by itself',
  restarts: 0,
  ends: ['work'],
  begin: (stage, { name }) => create(stage, shortPod(name)),
  isOver: async (_, __, pod) => pod?.status?.phase === 'Succeeded',
};

const shortEnd: Phase = { ...end, name: 'removal of what has ended' };

/** Each life ends with the removal of its pod. Two restarts by failure in one life would wait for a back-off. */
export const lives: Readonly<Record<string, readonly Phase[]>> = {
  crashing: [start, settings, crash, update, end],
  unhealthy: [start, unhealthy, end],
  short: [shortRun, shortEnd],
};
