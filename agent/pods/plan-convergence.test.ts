import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { ContainerView } from '../runtime/port.ts';
import { containerDigest } from './container-spec.ts';
import type { DesiredPod, PlannedPod } from './desired.ts';
import { type ContainerHealth, freshHealth } from './health.ts';
import { attemptsOf } from './labels.ts';
import type { ObservedPod } from './observed.ts';
import { planSteps } from './plan-steps.ts';
import { specOf } from './plan-stop.ts';
import type { Step } from './steps.ts';
import { brief, clock, containers, desired, ended, observed, startMs, view } from './testing/situations.ts';

/** Carries out steps on a pure model of the board, asserting what must never happen. */
class Model {
  pod: PlannedPod;
  state: ObservedPod;
  wallMs = clock.wallMs;
  done = false;
  /** Hooks and stops in their order. */
  readonly hooks: string[] = [];

  constructor(pod: PlannedPod, state: ObservedPod) {
    this.pod = pod;
    this.state = state;
  }

  plan(): readonly Step[] {
    const at = { wallMs: this.wallMs, monotonicMs: this.wallMs - startMs };
    return planSteps(this.pod, this.state, at).steps;
  }

  apply(step: Step): void {
    const { state, pod } = this;
    switch (step.type) {
      case 'wait':
        this.wallMs += step.delayMs;
        return;
      case 'attach-network':
        this.state = { ...state, networkPath: '/netns/a', networkReleased: false };
        return;
      case 'prepare-volumes':
        this.state = { ...state, ...observed(pod, { ...state, volumes: undefined }), ...volumesOf(pod) };
        this.state = { ...this.state, networkPath: state.networkPath };
        return;
      case 'pull-image':
        this.state = { ...state, pulled: new Map(state.pulled).set(step.container, step.attempt) };
        return;
      case 'create-container': {
        const spec = pod.pod?.spec?.containers.find(({ name }) => name === step.container);
        const specDigest = spec ? containerDigest(spec) : '';
        const made = view(step.container, { ...step, state: 'created', specDigest });
        assert.ok(!state.containers.some(({ name }) => name === made.name), `${made.name} exists`);
        this.state = { ...state, containers: [...state.containers, made] };
        return;
      }
      case 'start-container':
        this.#change(step.id, { state: 'running', startedAt: new Date(this.wallMs).toISOString() });
        this.#heal(step.id, {});
        return assertOneCopy(step.container, this.state);
      case 'post-start':
        this.hooks.push(`${step.type} ${step.id}`);
        return this.#heal(step.id, { postStart: 'done' });
      case 'pre-stop':
        this.hooks.push(`${step.type} ${step.id}`);
        this.state = {
          ...state,
          preStops: new Map(state.preStops).set(step.id, { sinceMs: this.wallMs - startMs, done: true }),
        };
        return;
      case 'stop-container':
        this.hooks.push(`${step.type} ${step.id}`);
        this.#change(step.id, {
          state: 'exited',
          exitCode: 143,
          finishedAt: new Date(this.wallMs).toISOString(),
        });
        return;
      case 'remove-container': {
        const removed = state.containers.find(({ id }) => id === step.id);
        assert.notEqual(removed?.state, 'running', 'a running container is stopped before it is removed');
        this.state = { ...state, containers: state.containers.filter(({ id }) => id !== step.id) };
        return;
      }
      case 'detach-network':
        this.state = { ...state, networkPath: undefined, networkReleased: true };
        return;
      case 'remove-volumes':
        this.state = { ...state, volumes: undefined, volumesRemoved: true };
        return;
      case 'finish':
        this.pod = { ...pod, final: { phase: step.ending.phase } };
        return;
      case 'gone':
        this.done = true;
    }
  }

  /** Until nothing is left to do; steps of one plan in any order, some of them not at all. */
  converge(choose: (steps: number) => number): void {
    for (let round = 0; round < 200 && !this.done; round += 1) {
      const steps = this.plan();
      if (steps.length === 0) return;
      const active = steps.filter(({ type }) => type !== 'wait');
      const pool = active.length > 0 ? active : steps;
      const step = pool[choose(pool.length)];
      if (step) this.apply(step);
    }
    assert.ok(this.done, `it does not come to rest: ${brief(this.plan()).join(', ')}`);
  }

  #heal(id: string, change: Partial<ContainerHealth>): void {
    const view = this.state.containers.find((each) => each.id === id);
    const spec = view && specOf(view, this.pod);
    assert.ok(spec, `${id} is none of the pod's`);
    const health = { ...(this.state.health.get(id) ?? freshHealth(spec)), ...change };
    this.state = { ...this.state, health: new Map(this.state.health).set(id, health) };
  }

  #change(id: string, change: Partial<ContainerView>): void {
    const changed = this.state.containers.map((each) => (each.id === id ? { ...each, ...change } : each));
    this.state = { ...this.state, containers: changed };
  }
}

function volumesOf(pod: PlannedPod): Pick<ObservedPod, 'volumes' | 'volumesRemoved'> {
  return { volumes: observed(pod).volumes, volumesRemoved: false };
}

function assertOneCopy(name: string, { containers: views }: ObservedPod): void {
  const up = attemptsOf(name, views).filter(({ view: { state } }) => state === 'running');
  assert.ok(up.length <= 1, `${up.length} copies of ${name} run`);
}

const anyView = (name: string): fc.Arbitrary<ContainerView[]> =>
  fc
    .uniqueArray(
      fc.record({
        attempt: fc.integer({ min: 0, max: 5 }),
        state: fc.constantFrom('created', 'running', 'exited') as fc.Arbitrary<ContainerView['state']>,
        failures: fc.integer({ min: 0, max: 8 }),
        exitCode: fc.constantFrom(0, 1, 137),
        endedMsAgo: fc.integer({ min: -1_000_000, max: 1_000_000 }),
        outdated: fc.boolean(),
      }),
      { maxLength: 4, selector: ({ attempt }) => attempt },
    )
    .map((all) =>
      all.map((each) => view(name, { ...each, ...(each.outdated ? { specDigest: 'old' } : {}) })),
    );

const anySituation = fc.record({
  views: fc.tuple(anyView('web'), anyView('side')).map((lists) => lists.flat()),
  policy: fc.constantFrom('Always', 'OnFailure', 'Never'),
  attached: fc.boolean(),
  prepared: fc.boolean(),
  choices: fc.infiniteStream(fc.nat()),
});

type Situation = typeof anySituation extends fc.Arbitrary<infer T> ? T : never;

function modelOf({ views, policy, attached, prepared }: Situation, rest: Partial<DesiredPod>): Model {
  const pod = desired({ restartPolicy: policy }, rest);
  const state = observed(pod, { containers: views });
  return new Model(pod, {
    ...state,
    networkPath: attached ? state.networkPath : undefined,
    volumes: prepared ? state.volumes : undefined,
  });
}

test('from any observed state: every container runs once, or has ended as its policy says', () => {
  fc.assert(
    fc.property(anySituation, (situation) => {
      const model = modelOf(situation, {});
      model.converge((count) => Number(situation.choices.next().value) % count);
      const { containers: views } = model.state;
      for (const { name } of containers) {
        const [newest] = attemptsOf(name, views);
        const up = newest?.view.state === 'running' && newest.identity.specDigest !== 'old';
        if (model.pod.final) assert.notEqual(newest?.view.state, 'running');
        else if (situation.policy === 'Always') assert.ok(up, `${name} does not run`);
        else assert.ok(up || newest?.view.state === 'exited', `${name} neither runs nor has ended`);
      }
      for (const { name } of containers) assertOneCopy(name, model.state);
    }),
    { numRuns: 500 },
  );
});

test('from any observed state a pod that is told to go leaves nothing', () => {
  fc.assert(
    fc.property(anySituation, (situation) => {
      const model = modelOf(situation, ended);
      model.converge((count) => Number(situation.choices.next().value) % count);
      assert.ok(model.done);
      const { containers: views, networkReleased, volumesRemoved } = model.state;
      assert.deepEqual(
        { views, networkReleased, volumesRemoved },
        {
          views: [],
          networkReleased: true,
          volumesRemoved: true,
        },
      );
    }),
    { numRuns: 300 },
  );
});

test('what runs as it was ordered is never stopped', () => {
  fc.assert(
    fc.property(anySituation, (situation) => {
      const healthy = containers
        .map(({ name }) => attemptsOf(name, situation.views)[0])
        .filter((each) => each?.view.state === 'running' && each.identity.specDigest !== 'old')
        .map((each) => each?.view.id);
      const model = modelOf({ ...situation, policy: 'Always' }, {});
      for (let round = 0; round < 60; round += 1) {
        const steps = model.plan();
        for (const step of steps)
          if (step.type === 'stop-container' || step.type === 'remove-container')
            assert.ok(!healthy.includes(step.id), `${step.id} is healthy`);
        const step = steps[Number(situation.choices.next().value) % Math.max(1, steps.length)];
        if (step) model.apply(step);
      }
    }),
    { numRuns: 200 },
  );
});

const hooks = { postStart: { exec: { command: ['up'] } }, preStop: { exec: { command: ['down'] } } };
const hooked = containers.map((container) => ({ ...container, lifecycle: hooks }));
const unwell = fc.constantFrom('well', 'liveness', 'startup', 'hook') as fc.Arbitrary<
  'well' | 'liveness' | 'startup' | 'hook'
>;

test('a hook comes before its container’s signal, once; who is not well is stopped once and runs again', () => {
  const situation = fc.record({ health: unwell, goes: fc.boolean(), choices: fc.infiniteStream(fc.nat()) });
  fc.assert(
    fc.property(situation, ({ health, goes, choices }) => {
      const pod = desired({ containers: hooked }, goes ? ended : {});
      const views = hooked.map((each) => view(each.name, { specDigest: containerDigest(each) }));
      const failed = health === 'liveness' || health === 'startup' ? health : undefined;
      const postStart = health === 'hook' ? 'failed' : 'done';
      const web = { ...freshHealth({ name: 'web' }), failed, postStart } as const;
      const side = { ...freshHealth({ name: 'side' }), postStart: 'done' } as const;
      const known = new Map<string, ContainerHealth>([
        ['web-0', web],
        ['side-0', side],
      ]);
      const model = new Model(pod, observed(pod, { containers: views, health: known }));
      model.converge((count) => Number(choices.next().value) % count);
      const stopped = goes ? ['web-0', 'side-0'] : health === 'well' ? [] : ['web-0'];
      for (const id of stopped) {
        const steps = model.hooks.filter((step) => step.endsWith(id) && !step.startsWith('post'));
        assert.deepEqual(steps, [`pre-stop ${id}`, `stop-container ${id}`]);
      }
      const begun = model.hooks.filter((step) => step.startsWith('post-start'));
      assert.deepEqual(begun, goes || health === 'well' ? [] : ['post-start web-1']);
      if (goes) return assert.ok(model.done);
      const up = model.state.containers.filter(({ state }) => state === 'running').map(({ id }) => id);
      assert.deepEqual(up.sort(), ['side-0', health === 'well' ? 'web-0' : 'web-1'].sort());
    }),
  );
});
