import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Kind, kinds } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import fc from 'fast-check';
import type { ApiRequest } from './request.ts';
import { subresourcesOf } from './target.ts';
import { type RequestInput, type RunningApi, runApi } from './testing/running-api.ts';
import { samples } from './testing/samples.ts';

let api: RunningApi;
before(async () => {
  api = await runApi();
});
after(() => api.stop());

const bodies: readonly object[] = [
  ...Object.values(samples),
  { target: { kind: 'Node', name: 'pi-1' } },
  { metadata: { name: 'fuzzed' }, deleteOptions: { gracePeriodSeconds: 1 } },
  { gracePeriodSeconds: 0, preconditions: { uid: 'x' }, propagationPolicy: 'Background' },
  [{ op: 'replace', path: '/metadata/labels', value: {} }],
  { metadata: { labels: { $patch: 'replace', a: null }, finalizers: null } },
  { spec: { replicas: 3 }, metadata: { name: 'fuzzed' } },
  { spec: { template: { spec: { containers: [{ name: 'a', $patch: 'delete' }] } } } },
];

/** Every kind, and every part of it that can be asked for. */
const places: readonly (readonly [Kind, string | undefined])[] = kinds.flatMap((kind) =>
  [undefined, ...Object.keys(subresourcesOf(kind))].map((subresource) => [kind, subresource] as const),
);

/** The body with `part` in the place that `choices` lead to; nowhere deeper than the body is. */
function replaced(body: unknown, choices: readonly number[], part: unknown): unknown {
  const [choice, ...rest] = choices;
  if (choice === undefined || typeof body !== 'object' || body === null) return part;
  if (Array.isArray(body))
    return body.map((item, at) => (at === choice % body.length ? replaced(item, rest, part) : item));
  const keys = Object.keys(body);
  const key = keys[choice % keys.length] ?? 'x';
  return { ...body, [key]: replaced((body as Record<string, unknown>)[key], rest, part) };
}

const part = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(...bodies),
  fc.constantFrom(-1, 2 ** 31, 1e308, '', 'x'.repeat(300), '\u0000', '../..', '__proto__', null, [], {}),
);

const right = fc.constantFrom(...places).chain(([{ group, version, plural }, subresource]) =>
  fc.record({
    group: fc.constant(group),
    version: fc.constant(version),
    resource: fc.constant(plural),
    subresource: fc.constant(subresource),
    body: fc
      .tuple(
        fc.oneof(
          { weight: 3, arbitrary: fc.constant(samples[plural]) },
          { weight: 1, arbitrary: fc.constantFrom(...bodies) },
        ),
        fc.array(fc.nat(20), { maxLength: 7 }),
        part,
        fc.boolean(),
      )
      .map(([body, choices, wrong, keep]) => (keep ? body : replaced(body, choices, wrong))),
  }),
);

const optionNames = [
  'fieldValidation',
  'dryRun',
  'labelSelector',
  'fieldSelector',
  'limit',
  'resourceVersion',
];
const selectors = [
  'a=b',
  'a!=b,c',
  'a in (b,c)',
  '!a',
  'metadata.name=fuzzed',
  'spec.nodeName!=x',
  'a in (',
  '==',
  ',',
];
const strange = fc.dictionary(
  fc.constantFrom(...optionNames),
  fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom(...selectors, 'All', 'Strict', '0', '-1', '1e9')),
  { maxKeys: 2 },
);

const request: fc.Arbitrary<RequestInput> = fc
  .record({
    verb: fc.constantFrom(
      'create',
      'create',
      'update',
      'patch',
      'delete',
      'get',
      'list',
      'watch',
      'deletecollection',
    ),
    name: fc.constantFrom('fuzzed', 'fuzzed', 'fuzzed', 'default', ''),
    patchType: fc.constantFrom<NonNullable<ApiRequest['patchType']>>('json', 'merge', 'strategic'),
    options: fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: strange }),
    right,
  })
  .map(({ right: place, ...rest }) => ({ ...rest, ...place }) as RequestInput);

/**
 * What was stored must be what the API server itself would take: the same object handed in again, without being stored,
 * is not found invalid.
 */
async function assertValid(
  object: KubeObject,
  { group, version, resource, subresource }: RequestInput,
): Promise<boolean> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const place = { group, version, resource, namespace, name, body: object } as RequestInput;
  const stored = await api.send({ ...place, verb: 'get', body: undefined });
  // A dry run stores nothing, and with its last finalizer an object is gone.
  if (stored.type !== 'object' || stored.object.metadata.resourceVersion !== resourceVersion) return false;
  assert.match(name, /^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/);
  for (const given of [uid, resourceVersion, creationTimestamp]) assert.equal(typeof given, 'string');
  const status = subresource === 'status' ? { subresource } : {};
  const again = await api.send({ ...place, ...status, verb: 'update', options: { dryRun: 'All' } });
  assert.ok(again.type === 'object', `${JSON.stringify(object)} was stored, and: ${JSON.stringify(again)}`);
  return true;
}

/** Their answer is the object as it was stored. */
const storing = new Set(['create', 'update', 'patch', 'update status', 'patch status', 'update finalize']);

test('every kind has a sample, and it is taken as it is', async () => {
  assert.deepEqual(Object.keys(samples).sort(), kinds.map(({ plural }) => plural).sort());
  for (const { group, version, plural } of kinds) {
    const place = { group, version, resource: plural, name: 'fuzzed', options: { dryRun: 'All' } };
    const answer = await api.send({ ...place, verb: 'create', body: samples[plural] } as RequestInput);
    assert.equal(answer.type, 'object', `${plural}: ${JSON.stringify(answer)}`);
  }
});

test('G8 of whatever kind and verb: no internal error, and nothing invalid is stored', async () => {
  const met = new Map<string, number>();
  let looked = 0;
  await fc.assert(
    fc.asyncProperty(request, async (input) => {
      const answer = await api.send(input);
      const code = answer.type === 'status' ? answer.status.code : answer.type;
      assert.ok(
        typeof code === 'string' || code < 500 || code === 504,
        `${code}: ${JSON.stringify(api.logs.at(-1))}`,
      );
      met.set(`${input.verb} ${code}`, (met.get(`${input.verb} ${code}`) ?? 0) + 1);
      if (answer.type === 'object' && storing.has(`${input.verb} ${input.subresource ?? ''}`.trim()))
        if (await assertValid(answer.object, input)) looked += 1;
    }),
    { numRuns: 6_000 },
  );
  assert.ok(looked > 100, `${looked} stored objects were looked at`);
  // Requests of every sort must have got as far as the store, or this test shows nothing.
  for (const far of [
    'create object',
    'update object',
    'patch object',
    'delete object',
    'list list',
    'create 422',
    'patch 422',
    'update 422',
  ]) {
    assert.ok(met.has(far), `${far} was never met: ${JSON.stringify([...met])}`);
  }
});
