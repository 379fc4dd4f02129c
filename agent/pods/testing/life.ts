import type { Journal, JournalContent } from '../../journal/port.ts';
import type { PodNetwork } from '../../network/port.ts';
import type { Answer, HttpCheck, ProbePorts } from '../../probes/port.ts';
import type { ContainerRuntime } from '../../runtime/port.ts';
import { RuntimeError } from '../../runtime/port.ts';
import { OutsideVolume, type PodVolumes } from '../../volumes/port.ts';
import type { World } from './world.ts';

/** When a life ends by itself: at effect number `after`, before it takes place or just after it did. */
export interface Death {
  readonly after: number;
  readonly moment: 'before' | 'after';
}

/** One life of the agent's process on a world. When it is over nothing it began answers any more, as with kill -9. */
export class Life {
  readonly world: World;
  dead = false;
  effects = 0;
  /** Decides for each effect whether it works, is refused, or takes place and its answer is lost. */
  trouble: (effect: number) => 'none' | 'refused' | 'answer-lost' = () => 'none';
  readonly #death: Death | undefined;
  #stopListening: () => void = () => {};

  constructor(world: World, death?: Death) {
    this.world = world;
    this.#death = death;
    world.boots += 1;
  }

  kill(): void {
    this.dead = true;
    this.#stopListening();
  }

  journalContent(): JournalContent {
    const { journal, boots, journalIsDamaged } = this.world;
    const damaged = journalIsDamaged ? [{ key: 'pods/x', reason: 'wrong checksum' }] : [];
    return { records: new Map(journal), damaged, boot: boots };
  }

  get journal(): Journal {
    return {
      load: async () => this.journalContent(),
      write: (records) =>
        this.#effect(`write ${records.map(({ key }) => key).join(' ')}`, () => this.world.write(records)),
      close: async () => {},
    };
  }

  get runtime(): ContainerRuntime {
    const { world } = this;
    return {
      version: async () => 'podman://4.3.1',
      list: () =>
        this.#look(() => {
          if (world.containersAreHidden) throw new RuntimeError('unavailable', 'no containers can be listed');
          return [...world.containers.values()].map((each) => world.view(each));
        }),
      inspect: (id) =>
        this.#look(() => {
          const container = world.containers.get(id);
          return container && world.view(container);
        }),
      imagePresent: (image) => this.#look(() => world.images.has(image)),
      pull: (image) =>
        this.#effect(`pull ${image}`, () => {
          if (world.pullFailure) throw new RuntimeError('image', world.pullFailure);
          world.images.add(image);
        }),
      create: (spec) =>
        this.#effect(`create ${spec.name}`, () => ({
          id: world.create(spec),
          unapplied: spec.memoryLimitBytes === undefined ? undefined : world.unappliedLimit,
        })),
      start: (id) => this.#effect(`start ${id}`, () => world.start(id)),
      stop: (id, grace) => this.#effect(`stop ${id} ${grace}`, () => world.stop(id)),
      exec: (id, command) => this.#effect(`exec ${id} ${command.join(' ')}`, () => world.run(id, command)),
      remove: (id) => this.#effect(`remove ${id}`, () => void world.containers.delete(id)),
      logs: async function* () {
        yield* world.logs;
      },
      execSession: () => Promise.reject(new Error('not in this test')),
      attachSession: () => Promise.reject(new Error('not in this test')),
      events: (onEvent) => {
        world.listeners.add(onEvent);
        this.#stopListening = () => world.listeners.delete(onEvent);
        return this.#stopListening;
      },
      close: async () => {},
    };
  }

  get network(): PodNetwork {
    const { networks } = this.world;
    return {
      prepare: (cidrs) => this.#effect(`prepare ${cidrs.join(' ')}`, () => {}),
      attach: ({ uid, addresses }) =>
        this.#effect(`attach ${uid}`, () => {
          networks.set(uid, addresses);
          return { path: `/netns/${uid}` };
        }),
      detach: (uid) => this.#effect(`detach ${uid}`, () => void networks.delete(uid)),
      list: () =>
        this.#look(() => {
          if (this.world.networksAreHidden) throw new Error('no namespaces can be listed');
          return [...networks.keys()];
        }),
      addressesOf: (uid) => this.#look(() => networks.get(uid) ?? []),
    };
  }

  get probes(): ProbePorts {
    const { health } = this.world;
    const ask = (check: Pick<HttpCheck, 'host' | 'port'> & Partial<HttpCheck>): Promise<Answer> =>
      this.#look(() => this.world.answer(check));
    return {
      connections: {
        http: (check) => ask(check),
        tcp: (host, port) => ask({ host, port }),
        grpc: (host, port) => ask({ host, port }),
      },
      memory: {
        get: (uid) => health.get(uid) ?? {},
        set: (uid, pod) => {
          if (this.dead) return;
          if (Object.keys(pod).length === 0) health.delete(uid);
          else health.set(uid, pod);
        },
      },
    };
  }

  get volumes(): PodVolumes {
    const { volumes } = this.world;
    return {
      prepare: (uid, contents) =>
        this.#effect(`volumes ${uid}`, () => {
          const text = contents.map((content) => {
            const files = content.type === 'files' ? content.files : [];
            const joined = files.map(({ path, bytes }) => `${path}=${Buffer.from(bytes).toString()}`);
            return [content.name, joined.join('\n')] as const;
          });
          volumes.set(uid, new Map(text));
          return new Map(contents.map(({ name }) => [name, `/volumes/${uid}/${name}`]));
        }),
      subPath: (volume, subPath) =>
        this.#look(() => {
          const path = `${volume}/${subPath}`;
          if (path !== this.world.wayOut) return path;
          throw new OutsideVolume(`subPath ${JSON.stringify(subPath)} is not inside the volume`);
        }),
      remove: (uid) => this.#effect(`forget volumes ${uid}`, () => void volumes.delete(uid)),
      list: () => this.#look(() => [...volumes.keys()]),
    };
  }

  async #look<T>(read: () => T): Promise<T> {
    await Promise.resolve();
    return this.dead ? never() : read();
  }

  async #effect<T>(name: string, act: () => T | Promise<T>): Promise<T> {
    await Promise.resolve();
    if (this.dead) return never();
    const last = this.#death?.after === this.effects;
    this.effects += 1;
    if (last && this.#death?.moment === 'before') {
      this.kill();
      return never();
    }
    const trouble = this.trouble(this.effects);
    if (trouble === 'refused') throw new RuntimeError('unavailable', `${name}: refused`);
    this.world.effects.push(name);
    const result = await act();
    if (trouble === 'answer-lost') throw new RuntimeError('unavailable', `${name}: no answer`);
    if (last) {
      this.kill();
      return never();
    }
    return result;
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
