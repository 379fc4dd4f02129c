import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { ApiRequest } from './request.ts';
import { type RequestInput, type RunningApi, runApi } from './testing/running-api.ts';

let api: RunningApi;
before(async () => {
  api = await runApi();
});
after(() => api.stop());

/** Objects that are right, so that one wrong part of them is met at every depth. */
const samples: Readonly<Record<string, object>> = {
  pods: {
    metadata: { name: 'fuzzed', labels: { a: 'b' }, finalizers: ['x/y'] },
    spec: {
      containers: [
        {
          name: 'a',
          image: 'b',
          ports: [{ containerPort: 80 }],
          env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } },
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
          livenessProbe: { httpGet: { port: 80 } },
        },
      ],
      volumes: [{ name: 'v', emptyDir: {} }],
      tolerations: [{ operator: 'Exists' }],
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [] },
  },
  nodes: { metadata: { name: 'fuzzed' }, spec: { taints: [] }, status: { capacity: { cpu: '4' } } },
  namespaces: { metadata: { name: 'fuzzed' }, spec: { finalizers: ['kubernetes'] } },
  configmaps: { metadata: { name: 'fuzzed' }, data: { a: 'b' }, binaryData: { c: 'ZA==' } },
  secrets: { metadata: { name: 'fuzzed' }, data: { a: 'ZA==' }, stringData: { b: 'c' }, type: 'Opaque' },
  services: {
    metadata: { name: 'fuzzed' },
    spec: { ports: [{ port: 80, targetPort: 'x' }], selector: { a: 'b' } },
  },
  events: {
    metadata: { name: 'fuzzed' },
    involvedObject: { kind: 'Pod', namespace: 'default' },
    reason: 'x',
  },
};
const bodies: readonly object[] = [
  ...Object.values(samples),
  { target: { kind: 'Node', name: 'pi-1' } },
  { metadata: { name: 'fuzzed' }, deleteOptions: { gracePeriodSeconds: 1 } },
  { gracePeriodSeconds: 0, preconditions: { uid: 'x' }, propagationPolicy: 'Background' },
  [{ op: 'replace', path: '/metadata/labels', value: {} }],
  { metadata: { labels: { $patch: 'replace', a: null }, finalizers: null } },
];

/** What is asked for, of the kinds of the sample that is sent. */
const places: readonly (readonly [string, string | undefined])[] = [
  ...Object.keys(samples).map((resource) => [resource, undefined] as const),
  ['pods', 'status'],
  ['pods', 'binding'],
  ['pods', 'eviction'],
  ['nodes', 'status'],
  ['namespaces', 'finalize'],
];

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

const right = fc.constantFrom(...places).chain(([resource, subresource]) =>
  fc.record({
    resource: fc.constant(resource),
    subresource: fc.constant(subresource),
    body: fc
      .tuple(
        fc.oneof(fc.constant(samples[resource]), fc.constantFrom(...bodies)),
        fc.array(fc.nat(20), { maxLength: 6 }),
        fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...bodies)),
        fc.boolean(),
      )
      .map(([body, choices, part, keep]) => (keep ? body : replaced(body, choices, part))),
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
const strange = fc.dictionary(fc.constantFrom(...optionNames), fc.string({ maxLength: 12 }), { maxKeys: 1 });

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

test('whatever is asked, the answer is never an internal error', async () => {
  const met = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(request, async (input) => {
      const answer = await api.send(input);
      const code = answer.type === 'status' ? answer.status.code : answer.type;
      assert.notEqual(code, 500, JSON.stringify(api.logs.at(-1)));
      met.set(`${input.verb} ${code}`, (met.get(`${input.verb} ${code}`) ?? 0) + 1);
    }),
    { numRuns: 2_000 },
  );
  // Requests of every sort must have got as far as the store, or this test shows nothing.
  for (const far of [
    'create object',
    'update object',
    'patch object',
    'delete object',
    'create 422',
    'patch 422',
  ]) {
    assert.ok(met.has(far), `${far} was never met: ${JSON.stringify([...met])}`);
  }
});
