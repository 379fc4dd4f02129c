import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { listed, Narrator, wrapped } from './narrator.ts';

test('wrapped text keeps its words, and breaks only where a line would be too long', () => {
  const words = fc.array(fc.stringMatching(/^\S{1,20}$/), { minLength: 1 });
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 60 }), (all, columns) => {
      const lines = wrapped(all.join(' '), columns);
      assert.equal(lines.join(' '), all.join(' '));
      for (const [index, line] of lines.entries()) {
        assert.ok(line.length <= columns || !line.includes(' '), line);
        const [next = ''] = lines[index + 1]?.split(' ') ?? [];
        if (next !== '') assert.ok(line.length + 1 + next.length > columns);
      }
    }),
  );
});

test('lists are read aloud', () => {
  assert.deepEqual(
    [listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])],
    ['', 'a', 'a and b', 'a, b and c'],
  );
});

test('colours are used where they are wanted, and nowhere else', () => {
  const told = (colours: boolean): string => {
    let text = '';
    const narrator = new Narrator((piece) => {
      text += piece;
    }, colours);
    narrator.title('Title');
    narrator.say('Sentence.');
    narrator.command('command');
    narrator.fact('Fact.');
    narrator.failure('One.\nTwo.');
    return text;
  };
  const plain = '\nTitle\n   Sentence.\n   $ command\n   ✓ Fact.\n   ✗ One.\n   ✗ Two.\n';
  assert.equal(told(false), plain);
  const coloured = told(true);
  assert.ok(coloured.includes('\u001b[1mTitle'));
  assert.equal(stripVTControlCharacters(coloured), plain);
});
