import assert from 'node:assert/strict';
import test from 'node:test';
import { budgetOf, mayGoUnhealthy, protects } from './budget.ts';
import type { BudgetObject } from './objects.ts';
import { podThat } from './testing/pods.ts';

function budget(spec: object): BudgetObject {
  const selector = { matchLabels: { app: 'web' } };
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'guard', namespace: 'default' },
    spec: { selector, ...spec },
  };
}

const ready = (name: string) => podThat(name, { ready: true });
const three = [ready('a'), ready('b'), ready('c')];
const allowed = (spec: object, pods = three, wanted = pods.length): number =>
  budgetOf(budget(spec), pods, wanted).disruptionsAllowed;

test('counts and shares, of what is asked for and not of what happens to be there', () => {
  assert.equal(allowed({ minAvailable: 2 }), 1);
  assert.equal(allowed({ minAvailable: '50%' }), 1);
  assert.equal(allowed({ maxUnavailable: 1 }), 1);
  assert.equal(allowed({ maxUnavailable: 1 }, three, 4), 0);
  assert.equal(allowed({ maxUnavailable: '50%' }, three, 4), 1);
  assert.equal(allowed({ minAvailable: 0 }), 3);
  assert.equal(allowed({}), 0);
});

test('pods that are not ready, on their way out, finished, or another’s do not count', () => {
  const others = [
    podThat('x'),
    podThat('y', { ready: true, deleting: true }),
    podThat('z', { phase: 'Succeeded' }),
    podThat('foreign', { ready: true, metadata: { labels: { app: 'api' } } }),
  ];
  const now = budgetOf(budget({ minAvailable: 3 }), [...three, ...others], 0);
  assert.deepEqual(now, { expectedPods: 5, currentHealthy: 3, desiredHealthy: 3, disruptionsAllowed: 0 });
  assert.equal(mayGoUnhealthy(budget({ minAvailable: 3 }), podThat('x'), now), true);
  assert.equal(mayGoUnhealthy(budget({ minAvailable: 3 }), ready('a'), now), false);
  const short = budgetOf(budget({ minAvailable: 4 }), three, 0);
  assert.equal(mayGoUnhealthy(budget({ minAvailable: 4 }), podThat('x'), short), false);
  const always = budget({ minAvailable: 4, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  assert.equal(mayGoUnhealthy(always, podThat('x'), short), true);
});

test('a budget that says nothing is valid, and protects no pod', () => {
  const { spec: _, ...silent } = budget({});
  assert.equal(protects(silent, ready('a')), false);
  assert.equal(budgetOf(silent, three, 3).currentHealthy, 0);
  assert.equal(mayGoUnhealthy(silent, podThat('a'), budgetOf(silent, three, 3)), false);
});
