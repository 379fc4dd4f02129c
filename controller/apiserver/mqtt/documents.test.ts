import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseDocuments } from './documents.ts';

test('whatever the text, there is an answer', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '---\n',
      '...\n',
      '&a ',
      '*a',
      '<<: *a\n',
      '? ',
      ': ',
      '- ',
      '{',
      ']',
      '!!int x',
      '%YAML 9\n',
      '\t',
      '|\n',
      '"',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const documents = [...parseDocuments(pieces.join(''))];
      assert.ok(documents.length > 0);
      for (const document of documents) if (!document.ok) assert.ok(document.message.length > 0);
    }),
    { numRuns: 500 },
  );
});

const quoted = { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE' } as const;

test('JSON is YAML, and comes back as it was', () => {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(objects, fc.boolean(), (values, asJson) => {
      const texts = values.map((value) => (asJson ? JSON.stringify(value) : stringify(value, quoted)));
      const found = [...parseDocuments(texts.join('\n---\n'))];
      const read = found.map((document) => document.ok && plain(document.value));
      assert.deepEqual(read, values.map(plain));
    }),
    { numRuns: 200 },
  );
});

test('aliases cannot blow a message up', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let index = 1; index < 12; index += 1)
    lines.push(`a${index}: &a${index} [${Array.from({ length: 10 }, () => `*a${index - 1}`).join(', ')}]`);
  const [document] = parseDocuments(lines.join('\n'));
  assert.equal(document?.ok, false);
});

test('a dot is text, as in the arguments of many a command', () => {
  const [document] = parseDocuments('args: [ls, ., .., -.]');
  assert.deepEqual(document?.ok && document.value, { args: ['ls', '.', '..', '-.'] });
});
