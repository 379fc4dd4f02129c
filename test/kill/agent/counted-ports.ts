import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import type { JournalRecord } from '@bramble/agent/journal/port.ts';
import { identityOf } from '@bramble/agent/pods/labels.ts';
import type { HealthMemory } from '@bramble/agent/probes/port.ts';
import type { ContainerRuntime, ContainerView } from '@bramble/agent/runtime/port.ts';
import { type AgentPorts, agentSupervision as realSupervision } from '@bramble/agent/supervision.ts';
import { type Arm, Effects } from './effects.ts';

/** In the place of the agent's own: the same actors, which do what they do through ports that count. */
export const agentSupervision: typeof realSupervision = (ports, config) => {
  const effects = new Effects(
    (what) => process.send?.(what),
    () => process.kill(process.pid, 'SIGKILL'),
  );
  process.on('message', (message) => effects.arm(message as Arm));
  return realSupervision(counted(ports, effects), config);
};

function counted(ports: AgentPorts, effects: Effects): AgentPorts {
  const { runtime, network, volumes, journal, probes, dialer } = ports;
  return {
    ...ports,
    runtime: countedRuntime(runtime, effects),
    network: around(network, effects, {
      attach: () => 'attach network',
      detach: () => 'detach network',
    }),
    volumes: around(volumes, effects, {
      prepare: () => 'prepare volumes',
      remove: () => 'remove volumes',
    }),
    journal: around(journal, effects, { write: journalLabel }),
    probes: { ...probes, memory: around(probes.memory, effects, { set: healthLabel(probes.memory) }) },
    dialer: countedDialer(dialer, effects),
  };
}

type Labels<T> = {
  readonly [K in keyof T]?: T[K] extends (...args: infer A) => unknown
    ? (...args: A) => string | undefined
    : never;
};

/** The same port; calls that have a label are counted under it. */
function around<T extends object>(port: T, effects: Effects, labels: Labels<T>): T {
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const labelOf = Reflect.get(labels, name) as ((...args: unknown[]) => string | undefined) | undefined;
      return (...args: unknown[]): unknown => {
        const act = (): unknown => value.apply(target, args);
        const effect = labelOf?.(...args);
        return effect === undefined ? act() : effects.around(effect, act);
      };
    },
  });
}

function countedRuntime(runtime: ContainerRuntime, effects: Effects): ContainerRuntime {
  const names = new Map<string, string>();
  const learn = (view: ContainerView): void => {
    names.set(view.id, identityOf(view.labels)?.container ?? '');
  };
  const of = (what: string) => (id: string) => `${what} ${names.get(id) ?? ''}`;
  const learning: ContainerRuntime = around(runtime, effects, {});
  const known = new Proxy(learning, {
    get(target, name) {
      if (name === 'list')
        return async () => {
          const views = await target.list();
          views.forEach(learn);
          return views;
        };
      if (name === 'create')
        return async (spec: Parameters<ContainerRuntime['create']>[0]) => {
          const created = await target.create(spec);
          names.set(created.id, identityOf(spec.labels)?.container ?? '');
          return created;
        };
      return Reflect.get(target, name);
    },
  });
  return around(known, effects, {
    pull: () => 'pull image',
    create: (spec) => `create ${identityOf(spec.labels)?.container}`,
    start: of('start'),
    stop: of('stop'),
    remove: of('remove'),
    exec: of('run a hook in'),
  });
}

/** Records of one kind of object count as the same; a removal is told from a change. */
function journalLabel(records: readonly JournalRecord[]): string {
  const kinds = records.map(({ key, value }) => (value === undefined ? 'without ' : '') + kindOf(key));
  return `journal ${[...new Set(kinds)].sort().join(', ')}`;
}

const kindOf = (key: string): string => key.replace(/\/[^/]*[0-9a-f]{4}-[^/]*$/, '');

function healthLabel(memory: HealthMemory): (...args: Parameters<HealthMemory['set']>) => string | undefined {
  return (uid, health) =>
    JSON.stringify(memory.get(uid)) === JSON.stringify(health) ? undefined : 'note health';
}

function countedDialer(dialer: MqttDialer, effects: Effects): MqttDialer {
  return {
    dial: (options, onEvent) =>
      around(dialer.dial(options, onEvent), effects, {
        publish: ({ topic }) => (topic.includes('/status/') ? 'report status' : undefined),
      }),
  };
}
