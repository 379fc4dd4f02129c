import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Metrics } from '@bramble/protocol/messages/session.ts';
import fc from 'fast-check';
import { countAnswer, noHttpCounts } from '../apiserver/http/counts.ts';
import { noCounts } from '../fleet/broker/counts.ts';
import { noRefusals } from '../fleet/refusals.ts';
import { boardFamilies } from './board-families.ts';
import { exposition, type Family } from './exposition.ts';
import { kubeFamilies } from './kube-families.ts';
import { Measurements } from './measurements.ts';
import { brokerFamilies, fleetFamilies, httpFamilies } from './refusal-families.ts';

const value = '(?:NaN|[+-]Inf|[+-]?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)';
const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const line = new RegExp(
  `^(?:# (?:HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* [^\\n]*|[a-zA-Z_:][a-zA-Z0-9_:]*(?:\\{${label}(?:,${label})*\\})? ${value})$`,
);

test('whatever the labels and values, every line is of the text format', () => {
  const sample = fc.record({
    labels: fc.dictionary(fc.constantFrom('a', 'b_c'), fc.string({ unit: 'binary' })),
    value: fc.double(),
  });
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 5 }), fc.string(), (samples, help) => {
      const lines = exposition([{ name: 'x_total', help, type: 'counter', samples }]).split('\n');
      assert.equal(lines.pop(), '');
      for (const each of lines.slice(2)) assert.match(each, line);
    }),
  );
  assert.equal(exposition([{ name: 'x', help: 'y', type: 'gauge', samples: [] }]), '\n');
});

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {
    nodeName: 'pi-1',
    containers: [
      {
        name: 'main',
        resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: 'nonsense' } },
      },
    ],
  },
  status: {
    phase: 'Running',
    podIP: '10.42.0.2',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      {
        name: 'main',
        ready: true,
        restartCount: 3,
        state: { running: {} },
        lastState: { terminated: { reason: 'OOMKilled' } },
      },
    ],
  },
} as unknown as KubeObject;

const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'pi-1' },
  spec: { unschedulable: true, taints: [{ key: 'k', effect: 'NoSchedule' }] },
  status: {
    capacity: { cpu: '4', memory: '4Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'Unknown' }],
  },
} as unknown as KubeObject;

function seriesValue(
  families: readonly Family[],
  name: string,
  labels: Record<string, string>,
): number | undefined {
  const samples = families.filter((family) => family.name === name).flatMap((family) => family.samples);
  return samples.find((sample) => Object.entries(labels).every(([key, each]) => sample.labels[key] === each))
    ?.value;
}

test('objects are told by the names of kube-state-metrics', () => {
  const all: Record<string, readonly KubeObject[]> = { pods: [pod], nodes: [node] };
  const families = kubeFamilies((plural) => all[plural] ?? []);
  const at = (name: string, labels: Record<string, string>) => seriesValue(families, name, labels);
  assert.equal(at('kube_pod_info', { pod: 'web', node: 'pi-1', pod_ip: '10.42.0.2' }), 1);
  assert.equal(at('kube_pod_status_phase', { phase: 'Running' }), 1);
  assert.equal(at('kube_pod_status_phase', { phase: 'Failed' }), 0);
  assert.equal(at('kube_pod_status_ready', { condition: 'true' }), 1);
  assert.equal(at('kube_pod_container_status_restarts_total', { container: 'main' }), 3);
  assert.equal(at('kube_pod_container_status_last_terminated_reason', { reason: 'OOMKilled' }), 1);
  assert.equal(
    at('kube_pod_container_resource_requests', { resource: 'cpu', unit: 'core', node: 'pi-1' }),
    0.25,
  );
  assert.equal(at('kube_pod_container_resource_requests', { resource: 'memory', unit: 'byte' }), 67_108_864);
  assert.equal(at('kube_pod_container_resource_limits', {}), undefined);
  assert.equal(at('kube_node_status_condition', { condition: 'Ready', status: 'unknown' }), 1);
  assert.equal(at('kube_node_status_condition', { condition: 'Ready', status: 'true' }), 0);
  assert.equal(at('kube_node_status_capacity', { resource: 'pods', unit: 'integer' }), 110);
  assert.equal(at('kube_node_spec_unschedulable', { node: 'pi-1' }), 1);
  assert.equal(at('kube_node_spec_taint', { key: 'k', effect: 'NoSchedule' }), 1);
  for (const each of exposition(families).trimEnd().split('\n')) assert.match(each, line);
});

test('objects that are half empty are no trouble', () => {
  const empty = { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } } as KubeObject;
  assert.doesNotThrow(() => exposition(kubeFamilies(() => [empty])));
});

test('boards are told as they measured themselves; a board that was removed is not', () => {
  const measurements = new Measurements(() => {}, { monotonic: () => 0 });
  measurements.tell('pi-1', { cpuShare: 0.25, temperatureCelsius: null, throttled: true } as Metrics, 1_000);
  measurements.tell('pi-2', { cpuShare: 1 } as Metrics, 1_000);
  measurements.tell('pi-2', undefined, 2_000);
  const families = boardFamilies(measurements.all, 4_000);
  assert.equal(seriesValue(families, 'bramble_board_cpu_ratio', { node: 'pi-1' }), 0.25);
  assert.equal(seriesValue(families, 'bramble_board_temperature_celsius', { node: 'pi-1' }), undefined);
  assert.equal(seriesValue(families, 'bramble_board_throttled', { node: 'pi-1' }), 1);
  assert.equal(seriesValue(families, 'bramble_board_heard_seconds_ago', { node: 'pi-1' }), 3);
  assert.equal(seriesValue(families, 'bramble_board_cpu_ratio', { node: 'pi-2' }), undefined);
});

test('G8 what is refused is told by its reason, and every count of the broker is told', () => {
  const http = { ...noHttpCounts(), timedOut: 3 };
  countAnswer(http, 429);
  countAnswer(http, 429);
  const served = httpFamilies(http);
  assert.equal(seriesValue(served, 'bramble_api_answers_total', { code: '429' }), 2);
  assert.equal(seriesValue(served, 'bramble_api_refused_total', { reason: 'timeout' }), 3);
  // Each count has a value of its own, so that none is left out or told as another.
  const counts = noCounts();
  const names = Object.keys(counts) as (keyof typeof counts)[];
  for (const [at, name] of names.entries()) counts[name] = at + 1;
  const told = brokerFamilies(counts).flatMap(({ samples }) => samples.map((sample) => sample.value));
  assert.deepEqual(
    told.sort((a, b) => a - b),
    names.map((_, at) => at + 1),
  );
  const fleet = fleetFamilies({ ...noRefusals(), copy: 5 });
  assert.equal(seriesValue(fleet, 'bramble_fleet_refused_total', { reason: 'copy' }), 5);
  for (const each of exposition([...served, ...brokerFamilies(counts), ...fleet])
    .trimEnd()
    .split('\n'))
    assert.match(each, line);
});

test('reading what boards measured is asking for more, once in ten seconds', () => {
  let [nowMs, asked] = [0, 0];
  const onAsked = (): void => {
    asked += 1;
  };
  const measurements = new Measurements(onAsked, { monotonic: () => nowMs });
  measurements.tell('pi-1', {} as Metrics, 1_000);
  assert.equal(asked, 0);
  for (const atMs of [0, 1, 9_999, 10_000]) {
    nowMs = atMs;
    measurements.get('pi-1');
    assert.equal(measurements.all.size, 1);
  }
  assert.equal(asked, 2);
});

test('orders that a board refused are told, and a board that refused none has none', () => {
  const measurements = new Measurements(() => {}, { monotonic: () => 0 });
  measurements.tell('pi-1', { refusedMessages: 7 } as Metrics, 1_000);
  measurements.tell('pi-2', {} as Metrics, 1_000);
  const families = boardFamilies(measurements.all, 1_000);
  const refused = (node: string) => seriesValue(families, 'bramble_board_refused_messages_total', { node });
  assert.deepEqual([refused('pi-1'), refused('pi-2')], [7, 0]);
});
