import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../json.ts';
import { PatchError } from './error.ts';
import { jsonPatch } from './json-patch.ts';
import { jsonMergePatch } from './merge.ts';

describe('JSON Merge Patch (RFC 7386, appendix A)', () => {
  const cases: readonly (readonly [JsonObject, JsonObject, JsonObject])[] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [current, patch, result] of cases) {
    it(`${JSON.stringify(current)} with ${JSON.stringify(patch)}`, () => {
      assert.deepEqual(jsonMergePatch(current, patch), result);
    });
  }

  it('refuses what is no object and what nests without end', () => {
    assert.throws(() => jsonMergePatch({}, []), PatchError);
    let deep: JsonObject = {};
    for (let level = 0; level < 1_000; level += 1) deep = { deep };
    assert.throws(() => jsonMergePatch({}, deep), /nests deeper than 64/);
  });
});

describe('JSON Patch (RFC 6902)', () => {
  const document = { a: { b: [1, 2, 3] }, 'x/y': 1, 'm~n': 2 };
  const cases: readonly (readonly [string, readonly unknown[], unknown])[] = [
    ['adds to an object', [{ op: 'add', path: '/c', value: 1 }], { ...document, c: 1 }],
    ['inserts', [{ op: 'add', path: '/a/b/1', value: 9 }], { ...document, a: { b: [1, 9, 2, 3] } }],
    ['appends', [{ op: 'add', path: '/a/b/-', value: 9 }], { ...document, a: { b: [1, 2, 3, 9] } }],
    ['removes', [{ op: 'remove', path: '/a/b/0' }], { ...document, a: { b: [2, 3] } }],
    ['replaces', [{ op: 'replace', path: '/a', value: 0 }], { ...document, a: 0 }],
    ['moves', [{ op: 'move', from: '/a/b/0', path: '/a/b/2' }], { ...document, a: { b: [2, 3, 1] } }],
    ['copies', [{ op: 'copy', from: '/a/b', path: '/c' }], { ...document, c: [1, 2, 3] }],
    ['tests', [{ op: 'test', path: '/a', value: { b: [1, 2, 3] } }], document],
    [
      'unescapes',
      [
        { op: 'replace', path: '/x~1y', value: 5 },
        { op: 'remove', path: '/m~0n' },
      ],
      { a: document.a, 'x/y': 5 },
    ],
  ];
  for (const [what, operations, result] of cases) {
    it(what, () => {
      assert.deepEqual(jsonPatch(document, operations), result);
      assert.deepEqual(document, { a: { b: [1, 2, 3] }, 'x/y': 1, 'm~n': 2 });
    });
  }

  it('says which operation failed, and whose fault it is', () => {
    const good = { op: 'add', path: '/c', value: 1 };
    const failures: readonly (readonly [unknown, PatchError['problem'], RegExp])[] = [
      [
        [good, { op: 'remove', path: '/nope' }],
        'rejected',
        /operation 1: the object has nothing at "\/nope"/,
      ],
      [[{ op: 'test', path: '/a', value: 1 }], 'rejected', /operation 0: the value at "\/a" is not the one/],
      [[{ op: 'add', path: '/a/b/4', value: 1 }], 'rejected', /nothing at/],
      [[{ op: 'add', path: '/constructor/name', value: 1 }], 'rejected', /nothing at/],
      [[{ op: 'burn', path: '/a' }], 'malformed', /its op must be/],
      [[{ op: 'add', path: 'a', value: 1 }], 'malformed', /must begin with/],
      [[{ op: 'move', from: '/a', path: '/a/b' }], 'malformed', /into itself/],
      [{}, 'malformed', /must be a list/],
    ];
    for (const [operations, problem, message] of failures) {
      assert.throws(
        () => jsonPatch(document, operations),
        (error) => {
          assert.ok(error instanceof PatchError);
          assert.equal(error.problem, problem);
          assert.match(error.message, message);
          return true;
        },
      );
    }
  });

  it('does not let copies of copies fill the memory', () => {
    const doubling = Array.from({ length: 60 }, () => ({ op: 'copy', from: '/a', path: '/a/b/-' }));
    assert.throws(() => jsonPatch(document, doubling), /copies too much/);
  });
});
