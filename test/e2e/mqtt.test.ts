import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FleetNode, FleetPod } from '@bramble/protocol/messages/fleet.ts';
import type { Result } from '@bramble/protocol/messages/results.ts';
import type { Background } from './fixture/background.ts';
import { type Bramble, type Login, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { curl, readyAddress } from './fixture/pods.ts';

let bramble: Bramble;

before(async () => {
  bramble = await startBramble();
});
after(() => bramble?.dispose());

/** A subscriber that has its subscription, seen by the retained message that every user may read. */
async function subscribed(filter: string, login?: Login): Promise<Background> {
  const sub = bramble.mosquittoSub(
    ['-v', '-q', '1', '-t', 'bramble/v1/controller/session', '-t', filter],
    login,
  );
  await sub.printed(/^bramble\/v1\/controller\/session /m);
  return sub;
}

/** The newest message on a topic that suits. */
function message<T>(sub: Background, topic: string, suits: (value: T) => boolean): Promise<T> {
  const look = (): T | undefined =>
    sub.lines
      .filter((line) => line.startsWith(`${topic} {`))
      .map((line) => JSON.parse(line.slice(topic.length + 1)) as T)
      .findLast(suits);
  return eventually(`a message on ${topic}`, look, { otherwise: () => sub.output.slice(-4_000) });
}

const publish = (topic: string, ...payload: string[]): Promise<{ code: number; stderr: string }> =>
  bramble.mosquittoPub(['-q', '1', '-t', `bramble/v1/${topic}`, ...payload]);

const result = (sub: Background, user: string, id: string): Promise<Result> =>
  message<Result>(sub, `bramble/v1/results/${user}/${id}`, () => true);

const anything = (): boolean => true;

describe('apply and delete by MQTT', () => {
  test('mosquitto_pub apply/{user}/42 -f examples/hello.yaml: results and fleet say what happens', async () => {
    const results = await subscribed('bramble/v1/results/admin/#');
    const fleet = await subscribed('bramble/v1/fleet/#');
    const board = await message<FleetNode>(
      fleet,
      `bramble/v1/fleet/nodes/${bramble.node}`,
      ({ ready }) => ready,
    );
    assert.equal(board.schedulable, true);

    assert.equal((await publish('apply/admin/42', '-f', 'examples/hello.yaml')).code, 0);
    const answer = await result(results, 'admin', '42');
    const [item] = answer.items;
    assert.ok(item && 'action' in item, JSON.stringify(answer));
    assert.deepEqual(
      [answer.id, item.action, item.kind, item.namespace, item.name],
      ['42', 'created', 'Pod', 'default', 'hello'],
    );
    assert.equal(item.uid, await bramble.kubectl('get pod hello -o jsonpath={.metadata.uid}'));

    const topic = 'bramble/v1/fleet/pods/default/hello';
    const running = await message<FleetPod>(fleet, topic, ({ phase }) => phase === 'Running');
    assert.equal(running.node, bramble.node);
    const address = await readyAddress(bramble, 'hello');
    assert.deepEqual(running.ips, [address]);
    assert.equal(await curl(bramble, `http://${address}:8080`), 'Hello from hello\n');
    const seen = fleet.lines
      .filter((line) => line.startsWith(`${topic} {`))
      .map((line) => JSON.parse(line.slice(topic.length)).phase);
    assert.equal(seen[0], 'Pending');
    await message(
      fleet,
      'bramble/v1/fleet/events/default',
      ({ reason }: { reason: string }) => reason === 'Scheduled',
    );
  });

  test('the same again is unchanged, another label is configured', async () => {
    const results = await subscribed('bramble/v1/results/admin/#');
    await publish('apply/admin/again', '-f', 'examples/hello.yaml');
    const [same] = (await result(results, 'admin', 'again')).items;
    assert.ok(same && 'action' in same);
    assert.equal(same.action, 'unchanged');
    await publish(
      'apply/admin/other',
      '-m',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: hello, labels: {app: other}}\n',
    );
    const [other] = (await result(results, 'admin', 'other')).items;
    assert.ok(other && 'action' in other, JSON.stringify(other));
    assert.equal(other.action, 'configured');
    assert.equal(await bramble.kubectl('get pods -l app=other -o name'), 'pod/hello\n');
  });

  test('several documents, answered one by one, with a Status and its causes for the wrong one', async () => {
    const results = await subscribed('bramble/v1/results/admin/#');
    const documents = [
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: by-mqtt}\ndata: {a: b}',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {containers: [{name: web}]}',
      'apiVersion: v1\nkind: Toaster\nmetadata: {name: bad}',
    ];
    await publish('apply/admin/many', '-m', documents.join('\n---\n'));
    const { items } = await result(results, 'admin', 'many');
    const [made, invalid, unknown] = items as unknown as [Record<string, unknown>, StatusItem, StatusItem];
    assert.equal(made['action'], 'created');
    assert.deepEqual([invalid.kind, invalid.code, invalid.reason], ['Status', 422, 'Invalid']);
    const [cause] = invalid.details?.causes ?? [];
    assert.deepEqual([cause?.field, cause?.reason], ['spec.containers[0].image', 'FieldValueRequired']);
    assert.deepEqual([unknown.code, unknown.reason], [404, 'NotFound']);
  });

  test('what is no YAML, and what is too large, is answered', async () => {
    const results = await subscribed('bramble/v1/results/admin/#');
    await publish('apply/admin/broken', '-m', 'a: [b');
    const [broken] = (await result(results, 'admin', 'broken')).items as unknown as [StatusItem];
    assert.deepEqual([broken.code, broken.reason], [400, 'BadRequest']);
  });

  test('delete/{user}/{id} deletes; fleet/# says that the pod is gone', async () => {
    const results = await subscribed('bramble/v1/results/admin/#');
    const fleet = await subscribed('bramble/v1/fleet/pods/#');
    await message<FleetPod>(fleet, 'bramble/v1/fleet/pods/default/hello', anything);
    await publish('delete/admin/7', '-f', 'examples/hello.yaml');
    const [item] = (await result(results, 'admin', '7')).items;
    assert.ok(item && 'action' in item, JSON.stringify(item));
    assert.equal(item.action, 'deleted');
    await bramble.kubectl('wait pod/hello --for=delete --timeout=40s');
    // mosquitto_sub -v prints an empty payload as (null).
    await fleet.printed(/^bramble\/v1\/fleet\/pods\/default\/hello \(null\)$/m);
  });
});

describe('who may do what', () => {
  test('a wrong token, an unknown user and nobody are refused in words', async () => {
    const logins: Login[] = [
      { user: 'admin', token: 'wrong' },
      { user: 'nobody', token: 'wrong' },
    ];
    for (const login of logins) {
      const { code, stderr } = await bramble.mosquittoPub(
        ['-t', 'bramble/v1/apply/admin/1', '-m', 'x'],
        login,
      );
      assert.notEqual(code, 0);
      assert.match(stderr, /bad user name or password|not authorised/i);
    }
    const options = bramble.mqttOptions();
    const anonymous = options.slice(0, options.indexOf('-u'));
    const { code } = await bramble.client('mosquitto_pub', [
      ...anonymous,
      '-t',
      'bramble/v1/apply/admin/1',
      '-m',
      'x',
    ]);
    assert.notEqual(code, 0);
  });

  test('a user with role view sees the fleet and cannot apply; nobody applies for another', async () => {
    const vera: Login = {
      user: 'vera',
      token: (await bramble.bramble('user create vera --role view')).trim(),
    };
    const fleet = await subscribed('bramble/v1/fleet/#', vera);
    await message<FleetNode>(fleet, `bramble/v1/fleet/nodes/${bramble.node}`, anything);
    const apply = ['-q', '1', '-f', 'examples/hello.yaml', '-t'];
    const answers = await subscribed('bramble/v1/results/vera/#', vera);
    await bramble.mosquittoPub([...apply, 'bramble/v1/apply/vera/1'], vera);
    const [refused] = (await result(answers, 'vera', '1')).items;
    assert.equal((refused as StatusItem | undefined)?.reason, 'Forbidden');
    await bramble.mosquittoPub([...apply, 'bramble/v1/apply/admin/1'], vera);
    const ed: Login = { user: 'ed', token: (await bramble.bramble('user create ed --role edit')).trim() };
    const results = await subscribed('bramble/v1/results/ed/#', ed);
    // What was published before is done when a later message of another user is answered.
    const note = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: by-ed}\n';
    await bramble.mosquittoPub(['-q', '1', '-t', 'bramble/v1/apply/ed/1', '-m', note], ed);
    const [item] = (await result(results, 'ed', '1')).items;
    assert.ok(item && 'action' in item, JSON.stringify(item));
    assert.match(await bramble.kubectlRefuses('get pod hello'), /not found/);
  });
});

interface StatusItem {
  readonly kind: string;
  readonly code: number;
  readonly reason: string;
  readonly details?: { readonly causes?: readonly { readonly field: string; readonly reason: string }[] };
}
