import type { OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import { signOrder } from '@bramble/protocol/envelope.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { SimBoard } from '../board/board.ts';
import { forgedReason, forgedSequence } from '../checks/boundaries.ts';
import { podPrefix } from '../checks/durable-history.ts';
import { nodeOf } from '../checks/pod-history.ts';
import { strangerKey } from '../keys.ts';
import { namespace } from '../operators/pods.ts';
import { operator } from '../world/controller-process.ts';
import type { World } from '../world/world.ts';

const rogueMs = 30_000;

/** Whoever holds a board's key says and asks whatever may do harm to others (G7). */
export function goRogue(world: World, thief: SimBoard): void {
  const { broker, later, dice, boards } = world;
  const name = `${thief.name} (rogue)`;
  const others = boards.filter((each) => each !== thief);
  const filters = ['#', 'bramble/v1/#', ...others.flatMap(({ name: other }) => secretsOf(other))];
  const options = { clientId: `${thief.name}-rogue`, keepaliveSeconds: 30, will: undefined, filters };
  const connection = broker.dialer(name).dial(options, (event) => {
    if (event.type === 'message') event.done();
    if (event.type !== 'connected') return;
    for (const message of lies(world, thief, dice.pick(others))) connection.publish(message);
  });
  later(rogueMs, () => connection.close());
}

function secretsOf(board: string): string[] {
  return [
    topics.manifest(board),
    topics.object(board, '+', '+'),
    topics.acks(board),
    topics.nodeSession(board),
  ];
}

function lies(world: World, thief: SimBoard, victim: SimBoard): OutgoingMessage[] {
  const boot = victim.journal.boots;
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'intruder', namespace }, spec: podSpec };
  const said: [string, unknown][] = [
    [topics.nodeSession(victim.name), { alive: false, boot }],
    [topics.nodeSession(victim.name), { alive: false, boot: boot + 1_000 }],
    [topics.manifest(victim.name), forgedManifest(world, victim)],
    [topics.controllerSession(), { storeId: world.disk.storeId, epoch: 1_000_000, alive: true }],
    [topics.apply(operator.name, 'x'), pod],
    [topics.fleetNode(victim.name), { ready: false }],
    ...forgedReports(world, thief, victim),
  ];
  return said.map(([topic, fact]) => ({ topic, payload: JSON.stringify(fact), qos: 1, retain: false }));
}

const podSpec = { containers: [{ name: 'c0', image: 'sim/serves:1' }] };

/** About the pods of another board: on that board's topics, and on its own. */
function forgedReports({ disk }: World, thief: SimBoard, victim: SimBoard): [string, unknown][] {
  const pods = [...disk.objects.values()].filter(({ key }) => key.startsWith(podPrefix));
  // One that has no board yet may be the thief's own by the time that its word arrives.
  const foreign = pods.filter((pod) => (nodeOf(pod) ?? thief.name) !== thief.name);
  return foreign.slice(0, 20).flatMap((pod): [string, unknown][] => {
    const { uid = '', name } = pod.object.metadata;
    const status = { phase: 'Failed', reason: forgedReason };
    const report = { sequence: 1_000_000, uid, namespace, name, observed: '', status, unclaimed: false };
    return [false, true].flatMap((gone): [string, unknown][] => [
      [topics.status(thief.name, uid), { ...report, gone, boot: thief.journal.boots }],
      [topics.status(victim.name, uid), { ...report, gone, boot: victim.journal.boots }],
    ]);
  });
}

function forgedManifest({ disk }: World, { journal, bootId }: SimBoard): unknown {
  const fence = { storeId: disk.storeId, epoch: disk.epoch, sequence: forgedSequence };
  return { fence, answers: { boot: journal.boots, bootId }, objects: {}, podCIDRs: ['10.99.0.0/24'] };
}

/** The broker itself orders the board to run nothing, in every way that it can think of, and repeats old orders. */
export function forge(world: World, board: SimBoard): void {
  const { name } = board;
  const { broker, boards, dice } = world;
  if (!broker.up) return;
  const order = forgedManifest(world, board);
  const topic = topics.manifest(name);
  const other = dice.pick(boards.filter((each) => each.name !== name));
  broker.inject(topic, Buffer.from(JSON.stringify(order)));
  broker.inject(topic, signOrder(strangerKey, topic, order));
  broker.inject(
    topic,
    Buffer.concat([Buffer.from(`bramble1 ${'A'.repeat(88)}\n`), Buffer.from(JSON.stringify(order))]),
  );
  for (const { payload, topic: from } of broker.orders.get(other.name) ?? [])
    if (from === topics.manifest(other.name)) broker.inject(topic, payload);
  for (const old of broker.orders.get(name) ?? []) broker.inject(old.topic, old.payload);
}
