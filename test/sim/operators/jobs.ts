import type { KubeObject } from '@bramble/protocol/kube.ts';
import { type Behaviour, imageOf } from '../board/images.ts';
import { isMarked } from '../checks/pod-history.ts';
import type { Dice } from '../dice.ts';
import type { Office } from './office.ts';
import { namespace } from './pods.ts';

const mostJobs = 3;

/** What the pods of Jobs do; most are done some time. */
const behaviours: readonly (readonly [Behaviour, number])[] = [
  ['finishes', 6],
  ['flaky', 4],
  ['crashes', 2],
  ['serves', 2],
  ['stubborn', 1],
  ['missing', 1],
  ['broken', 1],
];

/** Operators whose pods are to come to an end. */
export class Jobs {
  readonly #office: Office;
  readonly #dice: Dice;
  #made = 0;

  constructor(office: Office, dice: Dice) {
    this.#office = office;
    this.#dice = dice;
  }

  /** Names come back, with other uids. */
  create(): void {
    const dice = this.#dice;
    if (this.#office.names('jobs').length >= mostJobs) return;
    const name = `job-${dice.chance(0.7) ? this.#made : dice.below(this.#made + 1)}`;
    this.#made += 1;
    this.#office.ask({ verb: 'create', resource: 'jobs', body: job(name, dice) });
  }

  /** While it runs, mostly: then it lets go of what it holds. */
  remove(): void {
    const name = this.#any();
    if (name !== undefined) this.#office.ask({ verb: 'delete', resource: 'jobs', name });
  }

  /** Stops it for a while, lets it go on, or lets another number run at once. */
  change(): void {
    const dice = this.#dice;
    const name = this.#any();
    if (name === undefined) return;
    const spec = dice.chance(0.5) ? { suspend: dice.chance(0.4) } : { parallelism: dice.below(5) };
    this.#office.ask({ verb: 'patch', resource: 'jobs', name, body: { spec } });
  }

  #any(): string | undefined {
    const names = this.#office.names('jobs').filter((name) => {
      const stored = this.#office.get('jobs', name);
      return stored && !isMarked(stored);
    });
    return names.length > 0 ? this.#dice.pick(names) : undefined;
  }
}

function job(name: string, dice: Dice): KubeObject {
  const completions = dice.pick([undefined, 1, 2, 3, 5]);
  const ttl = dice.pick([undefined, undefined, 0, 20, 60]);
  const deadline = dice.pick([undefined, undefined, undefined, 20, 60]);
  const spec = {
    ...(completions !== undefined && { completions }),
    parallelism: 1 + dice.below(4),
    backoffLimit: dice.pick([0, 1, 3]),
    ...(completions !== undefined && dice.chance(0.3) && { completionMode: 'Indexed' }),
    ...(ttl !== undefined && { ttlSecondsAfterFinished: ttl }),
    ...(deadline !== undefined && { activeDeadlineSeconds: deadline }),
    ...(dice.chance(0.3) && { podReplacementPolicy: 'Failed' }),
    template: { metadata: { labels: { app: 'all' } }, spec: podSpec(dice) },
  };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace }, spec };
}

function podSpec(dice: Dice): Record<string, unknown> {
  const image = imageOf(dice.weighted(behaviours));
  return {
    restartPolicy: dice.pick(['Never', 'Never', 'OnFailure']),
    terminationGracePeriodSeconds: dice.pick([0, 5]),
    containers: [{ name: 'c0', image, resources: { requests: { cpu: '50m' } } }],
  };
}
