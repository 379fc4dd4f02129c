import assert from 'node:assert/strict';
import test from 'node:test';
import { boardLabelFault, parseBoardLabels } from './board-labels.ts';

test('labels as they are typed', () => {
  assert.deepEqual(parseBoardLabels('site=barn,example.com/floor=2,empty='), {
    site: 'barn',
    'example.com/floor': '2',
    empty: '',
  });
  assert.deepEqual(parseBoardLabels(''), {});
  for (const [text, fault] of [
    ['site', /"site" is no label: write key=value/],
    ['a b=c', /"a b" is no label's key/],
    ['site=two words', /"two words" is no label's value/],
    ['=x', /no label's key/],
  ] as const) {
    const told = parseBoardLabels(text);
    assert.ok(typeof told === 'string', text);
    assert.match(told, fault);
  }
});

test('G7: no board can be labelled as a control plane; zones and the like are fine', () => {
  for (const key of ['node-role.kubernetes.io/control-plane', 'kubernetes.io/hostname', 'x.k8s.io/y'])
    assert.match(boardLabelFault(key, '') ?? '', /not for boards to choose/, key);
  for (const key of ['topology.kubernetes.io/zone', 'node.kubernetes.io/instance-type', 'site'])
    assert.equal(boardLabelFault(key, 'a'), undefined, key);
});
