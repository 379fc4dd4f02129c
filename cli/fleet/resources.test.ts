import assert from 'node:assert/strict';
import test from 'node:test';
import { parseResources, pathOf } from './resources.ts';

const read = (...words: string[]): (string | undefined)[][] =>
  parseResources(words).map(({ kind, name }) => [kind.plural, name]);

test('kinds go by plural, singular, short name, group and category, in any case', () => {
  for (const word of ['pods', 'pod', 'po', 'Pod', 'PODS'])
    assert.deepEqual(read(word), [['pods', undefined]]);
  assert.deepEqual(read('leases.coordination.k8s.io'), [['leases', undefined]]);
  assert.ok(read('all').some(([plural]) => plural === 'services'));
  assert.throws(() => read('leases.apps'), /there is no kind "leases.apps"/);
});

test('names come after one kind, or with a slash', () => {
  assert.deepEqual(read('pod', 'a', 'b'), [
    ['pods', 'a'],
    ['pods', 'b'],
  ]);
  assert.deepEqual(read('pod/a', 'svc/b'), [
    ['pods', 'a'],
    ['services', 'b'],
  ]);
  assert.deepEqual(read('pods,services'), [
    ['pods', undefined],
    ['services', undefined],
  ]);
  for (const wrong of [['pod/a', 'b'], ['pod/'], ['/a'], ['pod/a/b'], ['all/x'], []])
    assert.throws(() => read(...wrong), Error, wrong.join(' '));
});

test('paths are those of the Kubernetes API', () => {
  const path = (words: string[], namespace?: string): string => {
    const [named] = parseResources(words);
    assert.ok(named);
    return pathOf(named, { namespace });
  };
  assert.equal(path(['pod/a'], 'home'), '/api/v1/namespaces/home/pods/a');
  assert.equal(path(['pods']), '/api/v1/pods');
  assert.equal(path(['node/pi'], 'home'), '/api/v1/nodes/pi');
  assert.equal(path(['leases'], 'x'), '/apis/coordination.k8s.io/v1/namespaces/x/leases');
});
