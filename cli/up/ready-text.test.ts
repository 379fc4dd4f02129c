import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readyText } from './ready-text.ts';

test('it says that it is ready, then what to type, by the shortest path that works', () => {
  const text = readyText(
    { dataDir: '/home/me/bramble/.bramble', controllerOnly: false },
    '/home/me/bramble',
    undefined,
  );
  assert.match(text, /^Bramble is ready\n/);
  assert.match(text, /^ {2}source \.bramble\/env\n {2}kubectl create -f examples\/hello\.yaml$/m);
});

test('a path with a space is quoted', () => {
  const text = readyText({ dataDir: '/srv/my data', controllerOnly: false }, '/home/me', undefined);
  assert.match(text, /^ {2}source '\/srv\/my data\/env'$/m);
});

test('where there is no kubectl, what to do about it comes first', () => {
  const text = readyText({ dataDir: '/d', controllerOnly: false }, '/', 'install one');
  assert.match(text, /second shell:\n {2}# install one\n/);
});

test('without an agent no pod is promised', () => {
  const text = readyText({ dataDir: '/d', controllerOnly: true }, '/', undefined);
  assert.doesNotMatch(text, /hello\.yaml|pods keep running/);
});
