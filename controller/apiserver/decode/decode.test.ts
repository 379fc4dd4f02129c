import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StatusError } from '../status.ts';
import { decodeBody } from './body.ts';
import { decodeJson } from './json.ts';
import { decodeYaml } from './yaml.ts';

test('JSON: fields given twice are named by their path', () => {
  const decoded = decodeJson('{"a":[{"x":"},{"},{"b":1,"b":2}],"c\\u0061":1,"ca":{"d":1},"a":0}');
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.duplicateFields, ['a[1].b', 'ca', 'a']);
});

test('JSON: no duplicates are found in what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const decoded = decodeJson(JSON.stringify(value));
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.duplicateFields, []);
    }),
  );
});

test('JSON: a fault comes with its position, and depth is bounded', () => {
  const decoded = decodeJson('{"a": 1,\n "b": }');
  assert.ok(!decoded.ok);
  assert.match(decoded.message, /error parsing JSON: line 2, column 7: expected a value, found "}"/);
  const deep = decodeJson('['.repeat(100_000) + ']'.repeat(100_000));
  assert.ok(!deep.ok && /nested deeper than 64/.test(deep.message));
});

test('JSON: every fault has a place', () => {
  const faults: Record<string, string> = {
    '': 'line 1, column 1: expected a value, found the end of the text',
    '{"a":1': 'line 1, column 7: expected , or }, found the end of the text',
    '{"a":1 "b":2}': 'line 1, column 8: expected , or }, found "\\""',
    '[1,]': 'line 1, column 4: expected a value, found "]"',
    '{a:1}': 'line 1, column 2: expected a name in quotes or }, found "a"',
    '{"a":01}': 'line 1, column 6: expected a value, found "0"',
    '{}\n{}': 'line 2, column 1: expected nothing more, found "{"',
    '"a\nb"': 'line 1, column 1: expected a value, found "\\""',
  };
  for (const [text, message] of Object.entries(faults)) {
    const decoded = decodeJson(text);
    assert.ok(!decoded.ok);
    assert.equal(decoded.message, `error parsing JSON: ${message}`);
  }
});

test('YAML is read as Kubernetes reads it', () => {
  const [decoded, ...rest] = decodeYaml(
    'mode: 0644\nflag: yes\ntime: 2026-01-02T03:04:05Z\nport: 12:30\nbase: &b {x: 1}\nmerged: {<<: *b, y: 2}\n',
  );
  assert.equal(rest.length, 0);
  assert.ok(decoded?.ok);
  assert.deepEqual(decoded.value, {
    mode: 420,
    flag: true,
    time: '2026-01-02T03:04:05Z',
    port: '12:30',
    base: { x: 1 },
    merged: { x: 1, y: 2 },
  });
});

test('YAML: duplicates, positions, several documents, alias bombs', () => {
  const [twice] = decodeYaml('a:\n- b: 1\n  b: 2\n');
  assert.ok(twice?.ok);
  assert.deepEqual(twice.duplicateFields, ['a[0].b']);
  const [bad] = decodeYaml('a: [1,\nb: {');
  assert.ok(bad && !bad.ok && /line \d+, column \d+/.test(bad.message));
  assert.equal([...decodeYaml('---\na: 1\n---\n---\nb: 2\n')].length, 2);
  const levels = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (const [one, other] of ['ba', 'cb', 'dc', 'ed', 'fe'])
    levels.push(`${one}: &${one} [${`*${other},`.repeat(9)}]`);
  const [bomb] = decodeYaml(levels.join('\n'));
  assert.ok(bomb && !bomb.ok && /alias/i.test(bomb.message));
});

test('G8 YAML that would take long to read is refused before it is read', () => {
  for (const text of ['---\n'.repeat(60_000), `a: ${'x'.repeat(300_000)}`]) {
    const [refused, ...rest] = decodeYaml(text);
    assert.equal(rest.length, 0);
    assert.ok(refused && !refused.ok && /at most \d+ are taken/.test(refused.message));
  }
});

test('decoding never throws anything but a Status, whatever the bytes', () => {
  const types = [
    'application/json',
    'application/yaml',
    'application/vnd.kubernetes.protobuf',
    'text/html',
    '',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.uint8Array({ maxLength: 300 }), (type, bytes) => {
      try {
        decodeBody(type, bytes);
      } catch (error) {
        assert.ok(error instanceof StatusError, String(error));
      }
    }),
  );
});
