import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindByPlural } from '@bramble/protocol/kinds.ts';
import fc from 'fast-check';
import { StatusError } from '../status.ts';
import { parseFieldSelector, pinnedName } from './fields.ts';
import { parseLabelSelector } from './labels.ts';

const pods = kindByPlural('', 'pods');
assert.ok(pods);

test('label selectors: equality, sets, existence, comparison', () => {
  const labels = { app: 'web', tier: 'front', size: '5', 'example.com/x': '' };
  const yes = [
    '',
    'app=web',
    'app==web',
    'app!=api',
    'missing!=x',
    'app in (web, api),tier',
    'app notin (api)',
    'missing notin (a)',
    '!missing',
    'size>4',
    'size<6',
    'example.com/x',
    'example.com/x=',
    ' app = web , tier = front ',
  ];
  for (const text of yes) assert.equal(parseLabelSelector(text)(labels), true, text);
  const no = ['app=api', 'app!=web', '!app', 'missing', 'app notin (web)', 'size>5', 'app>1', 'toString'];
  for (const text of no) assert.equal(parseLabelSelector(text)(labels), false, text);
});

test('label selectors: what is none is a bad request', () => {
  for (const text of ['=', 'a b', 'a in b', 'a=b=c', 'a in (b', '!', 'a>x', '-a', 'a=-'])
    assert.throws(() => parseLabelSelector(text), StatusError, text);
});

test('label selectors never throw anything but a Status, on any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        parseLabelSelector(text)({ a: 'b' });
      } catch (error) {
        assert.ok(error instanceof StatusError);
      }
    }),
  );
});

test('field selectors', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', namespace: 'default' },
    spec: { nodeName: 'pi-1' },
    status: { phase: 'Running' },
  };
  const match = (text: string) => parseFieldSelector(pods, text)(pod);
  assert.equal(match('metadata.name=a,spec.nodeName=pi-1,status.phase!=Pending'), true);
  assert.equal(match('metadata.name!=a'), false);
  assert.equal(match('status.podIP='), true);
  assert.equal(match('spec.hostNetwork=false'), true);
  assert.throws(() => match('spec.foo=a'), /field label not supported: spec.foo/);
  assert.equal(pinnedName('metadata.name=a,status.phase=x'), 'a');
  assert.equal(pinnedName('metadata.name!=a'), undefined);
});
