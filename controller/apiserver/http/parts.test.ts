import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeContinuation, encodeContinuation } from '../continue-token.ts';
import { StatusError } from '../status.ts';
import { chooseForm } from './accept.ts';
import { Budget, SharedBudget } from './budget.ts';
import { Gate } from './gate.ts';
import { parseResourceRoute } from './route.ts';

test('G8 a gate lets in so many, answers 429 to more, and lets in again when some have left', () => {
  const gate = new Gate('things', 2);
  const [first] = [gate.enter(), gate.enter()];
  assert.throws(
    () => gate.enter(),
    (error: StatusError) => error.status.code === 429 && error.status.details?.retryAfterSeconds === 1,
  );
  first();
  first();
  assert.equal(gate.open, 1);
  gate.enter();
});

test('G8 a budget of bytes is spent and given back', () => {
  const budget = new Budget('things', 10);
  budget.take(10);
  assert.throws(
    () => budget.take(1),
    (error: StatusError) => error.status.code === 429,
  );
  budget.give(4);
  budget.take(4);
});

test('G8 nobody takes more than a share of a budget; one answer larger than any share passes alone', () => {
  const shared = new SharedBudget('things', 20, 10);
  const busy = (error: StatusError) => error.status.code === 429;
  const [ada, bob] = [shared.of('ada'), shared.of('bob')];
  ada.take(8);
  assert.throws(() => ada.take(3), busy);
  assert.throws(() => ada.takeOne(11), busy);
  bob.take(10);
  ada.take(2);
  assert.throws(() => shared.of('eve').take(1), busy, 'all of it is taken');
  ada.give(10);
  ada.takeOne(25);
  assert.throws(() => ada.take(1), busy);
  ada.give(25);
  bob.give(10);
  shared.of('eve').take(10);
});

test('routes: groups, namespaces, names, subresources', () => {
  const route = (method: string, path: string, watch = false) => {
    const found = parseResourceRoute(method, path, watch);
    if (found === undefined || found === 'method') return found;
    const { verb, group, version, resource, subresource, namespace, name } = found;
    return [verb, group, version, namespace, resource, name, subresource]
      .map((part) => part ?? '-')
      .join(' ');
  };
  assert.equal(route('GET', '/api/v1/pods'), 'list  v1 - pods - -');
  assert.equal(route('GET', '/api/v1/pods', true), 'watch  v1 - pods - -');
  assert.equal(route('GET', '/api/v1/namespaces/a'), 'get  v1 - namespaces a -');
  assert.equal(route('PUT', '/api/v1/namespaces/a/finalize'), 'update  v1 - namespaces a finalize');
  assert.equal(route('DELETE', '/api/v1/namespaces/a/pods'), 'deletecollection  v1 a pods - -');
  assert.equal(route('PATCH', '/api/v1/namespaces/a/pods/b/status'), 'patch  v1 a pods b status');
  assert.equal(route('POST', '/api/v1/namespaces/a/pods/b/binding'), 'create  v1 a pods b binding');
  assert.equal(
    route('GET', '/apis/coordination.k8s.io/v1/namespaces/a/leases/b'),
    'get coordination.k8s.io v1 a leases b -',
  );
  assert.equal(route('POST', '/api/v1/namespaces/a/pods/b'), 'method');
  assert.equal(route('TRACE', '/api/v1/pods/b'), 'method');
  for (const path of [
    '/api',
    '/api/v1',
    '/apis/x/v1',
    '/x/v1/pods',
    '/api/v1/a%2Fb',
    '/api/v1/%zz',
    '/api/v1/../x',
  ]) {
    assert.equal(route('GET', path), undefined, path);
  }
});

test('the first wish of Accept that can be met', () => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  assert.equal(chooseForm(undefined, []), 'plain');
  assert.equal(chooseForm('*/*', ['Table']), 'plain');
  assert.equal(chooseForm(`${table},application/json`, ['Table']), 'Table');
  assert.equal(chooseForm(`${table},application/json`, []), 'plain');
  assert.equal(
    chooseForm('application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', ['Table']),
    'plain',
  );
  assert.equal(
    chooseForm('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', ['PartialObjectMetadata']),
    'PartialObjectMetadata',
  );
  assert.throws(() => chooseForm('application/vnd.kubernetes.protobuf', []), StatusError);
});

test('continue tokens come back as they were, and nothing else is one', () => {
  fc.assert(
    fc.property(fc.nat(), fc.string(), (revision, after) => {
      assert.deepEqual(decodeContinuation(encodeContinuation({ revision, after })), { revision, after });
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => assert.throws(() => decodeContinuation(text), StatusError)));
});
