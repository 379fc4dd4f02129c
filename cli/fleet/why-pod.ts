import type { KubeEvent, PodObject } from './objects.ts';

/** Why something is as it is, in sentences, and what a person can do about it. */
export interface Explanation {
  readonly verdict: string;
  readonly because: readonly string[];
  readonly next: readonly string[];
}

export interface BoardFact {
  readonly name: string;
  readonly ready: boolean;
  /** RFC 3339: since when. */
  readonly since: string;
}

type Container = NonNullable<NonNullable<PodObject['status']>['containerStatuses']>[number];

/** Reads a pod, its events and its board as somebody who knows them would. */
export function explainPod(
  pod: PodObject,
  events: readonly KubeEvent[],
  board: BoardFact | undefined,
): Explanation {
  const told = [leaving, unplaced, lostBoard, finished, troubledContainer, unready].map((look) =>
    look(pod, events, board),
  );
  return told.find((explanation) => explanation !== undefined) ?? fine(pod);
}

type Look = (
  pod: PodObject,
  events: readonly KubeEvent[],
  board: BoardFact | undefined,
) => Explanation | undefined;

const leaving: Look = (pod, _events, board) => {
  const since = pod.metadata.deletionTimestamp;
  if (since === undefined) return undefined;
  if (board && !board.ready)
    return {
      verdict: `${subject(pod)} is to be deleted, but its board is not in touch.`,
      because: [
        `Board ${board.name} has been silent since ${board.since}; whether the pod still runs there nobody knows.`,
      ],
      next: [
        'It goes as soon as the board is back.',
        `Only if you know that the board is off for good: kubectl delete pod ${pod.metadata.name} --force --grace-period=0`,
      ],
    };
  return {
    verdict: `${subject(pod)} is being deleted.`,
    because: [
      `It has until ${since} to end by itself (grace ${pod.metadata.deletionGracePeriodSeconds ?? 30} s); then it is killed.`,
    ],
    next: [],
  };
};

const unplaced: Look = (pod, events) => {
  if (pod.spec?.nodeName) return undefined;
  const told = newest(events, 'FailedScheduling');
  return {
    verdict: `${subject(pod)} has no board yet.`,
    because: told ? [told.message ?? ''] : ['The scheduler has not said why: it may be about to place it.'],
    next: told
      ? ['Make room, change what the pod asks for, or add a board; it is tried again by itself.']
      : ['Ask again in a moment. `bramble get nodes` shows the boards.'],
  };
};

const lostBoard: Look = (pod, _events, board) => {
  if (!board || board.ready) return undefined;
  return {
    verdict: `${subject(pod)} is on a board that is not in touch.`,
    because: [
      `Board ${board.name} has been silent since ${board.since}. What is known of the pod (${pod.status?.phase ?? 'nothing'}) is from before; a board that is only cut off keeps running it.`,
    ],
    next: ['Look at the board’s power and network. It takes up where it was by itself.'],
  };
};

const finished: Look = (pod) => {
  const { phase, reason, message } = pod.status ?? {};
  if (phase === 'Succeeded')
    return { verdict: `${subject(pod)} has done its work.`, because: endings(pod), next: [] };
  if (phase !== 'Failed') return undefined;
  const told = [reason, message].filter(Boolean).join(': ');
  return {
    verdict: `${subject(pod)} has failed, and is not started again (restartPolicy ${pod.spec?.restartPolicy ?? 'Always'}).`,
    because: [...(told === '' ? [] : [told]), ...endings(pod)],
    next: [logs(pod)],
  };
};

const troubledContainer: Look = (pod, events) => {
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const told = containers.flatMap((container) => waitingFor(pod, container, events) ?? []);
  const [first] = told;
  if (!first) return undefined;
  return { ...first, because: told.flatMap(({ because }) => because) };
};

function waitingFor(
  pod: PodObject,
  container: Container,
  events: readonly KubeEvent[],
): Explanation | undefined {
  const waiting = container.state?.waiting;
  if (!waiting?.reason) return undefined;
  const { reason, message = '' } = waiting;
  const named = `Container ${container.name}`;
  switch (reason) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
    case 'InvalidImageName':
    case 'ErrImageNeverPull': {
      const why = newest(events, 'Failed')?.message ?? message;
      return {
        verdict: `${subject(pod)} waits for an image.`,
        because: [`${named} needs ${container.image}. ${why}`],
        next: [
          'Check the name and tag, and whether the registry wants imagePullSecrets. It is tried again by itself.',
        ],
      };
    }
    case 'CrashLoopBackOff': {
      const ended = container.lastState?.terminated;
      return {
        verdict: `${subject(pod)} keeps ending, and is started again after a pause that grows.`,
        because: [
          `${named} was started ${(container.restartCount ?? 0) + 1} times. ${ended ? endingOf(ended) : ''}`.trim(),
        ],
        next: [`${logs(pod, container.name)} --previous`],
      };
    }
    case 'ContainerCreating':
    case 'PodInitializing':
      return {
        verdict: `${subject(pod)} is being started.`,
        because: [`${named}: ${message || newestOf(events)?.message || 'its board is at it'}`],
        next: [],
      };
    default:
      return {
        verdict: `${subject(pod)} cannot be started.`,
        because: [`${named}: ${reason}${message === '' ? '' : `: ${message}`}`],
        next: ['Mend what is named, then create the pod again, or wait: it is tried again by itself.'],
      };
  }
}

const unready: Look = (pod, events) => {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  if (pod.status?.phase !== 'Running' || ready?.status === 'True') return undefined;
  const probe = newest(events, 'Unhealthy');
  const containers = (pod.status.containerStatuses ?? []).filter((container) => !container.ready);
  const ended = containers.flatMap(({ name, state }) =>
    state?.terminated ? [`Container ${name}: ${endingOf(state.terminated)}`] : [],
  );
  const names = containers.map(({ name }) => name).join(', ');
  const because = [...ended, ...(probe?.message ? [probe.message] : [])];
  return {
    verdict: `${subject(pod)} runs, and is not ready.`,
    because: because.length > 0 ? because : [`Not ready: ${names || (ready?.message ?? 'nobody says why')}.`],
    next: ['Services send it nothing until it is ready.', logs(pod, containers[0]?.name)],
  };
};

function fine(pod: PodObject): Explanation {
  const { podIP, startTime, phase } = pod.status ?? {};
  if (phase !== 'Running')
    return {
      verdict: `${subject(pod)} was given to ${pod.spec?.nodeName ?? 'a board'}, which has not said anything of it yet.`,
      because: [],
      next: ['Ask again in a moment.'],
    };
  const restarts = (pod.status?.containerStatuses ?? []).reduce(
    (sum, { restartCount = 0 }) => sum + restartCount,
    0,
  );
  return {
    verdict: `${subject(pod)} is well: it runs on ${pod.spec?.nodeName} with address ${podIP ?? 'none'} since ${startTime}.`,
    because: restarts > 0 ? [`It was restarted ${restarts} times.`] : [],
    next: [],
  };
}

function endings(pod: PodObject): string[] {
  return (pod.status?.containerStatuses ?? []).flatMap(({ name, state }) =>
    state?.terminated ? [`Container ${name}: ${endingOf(state.terminated)}`] : [],
  );
}

const meanings = new Map([
  [126, 'what it was told to run is no program'],
  [127, 'what it was told to run is not there'],
  [134, 'it gave up by itself (SIGABRT)'],
  [137, 'it was killed (SIGKILL)'],
  [139, 'it touched memory that is not its own (SIGSEGV)'],
  [143, 'it was told to end (SIGTERM)'],
]);

function endingOf(ended: { exitCode?: number; reason?: string; message?: string }): string {
  const { exitCode = 0, reason, message } = ended;
  if (reason === 'OOMKilled')
    return `It took more memory than its limit allows, and was killed (exit code ${exitCode}).`;
  const meaning = meanings.get(exitCode);
  const told = message ? ` It said: ${message.trim()}` : '';
  return `It ended with exit code ${exitCode}${meaning ? `: ${meaning}` : ''}.${told}`;
}

function subject({ metadata }: PodObject): string {
  return `Pod ${metadata.namespace}/${metadata.name}`;
}

function logs({ metadata }: PodObject, container?: string): string {
  const place = metadata.namespace === 'default' ? '' : ` -n ${metadata.namespace}`;
  return `bramble logs ${metadata.name}${place}${container ? ` -c ${container}` : ''}`;
}

function newest(events: readonly KubeEvent[], reason: string): KubeEvent | undefined {
  return newestOf(events.filter((event) => event.reason === reason));
}

function newestOf(events: readonly KubeEvent[]): KubeEvent | undefined {
  return [...events].sort((a, b) => (a.lastTimestamp ?? '').localeCompare(b.lastTimestamp ?? '')).at(-1);
}
