import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { OpenStreams } from '../apiserver/http/open-streams.ts';
import { Users } from '../trust/users.ts';
import { userInfo } from './authenticator.ts';
import { endChangedUsers } from './ended-users.ts';

test('G7: a renewed token and a removed user keep nothing open; the others keep what they have', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'bramble-users-'));
  t.after(() => rm(directory, { recursive: true }));
  const users = await Users.open(join(directory, 'users.json'));
  for (const name of ['ana', 'ben', 'eve']) await users.create(name, 'edit');
  const open = new OpenStreams();
  endChangedUsers(users, open);
  const ended: string[] = [];
  const watch = (name: string) => {
    const forget = open.add(userInfo({ name, role: 'edit' }), () => {
      ended.push(name);
      forget();
    });
  };
  for (const name of ['ana', 'ben', 'eve']) watch(name);
  await users.create('new', 'view');
  assert.deepEqual(ended, []);
  await users.renewToken('ana');
  assert.deepEqual(ended, ['ana']);
  watch('ana');
  await users.remove('ben');
  assert.deepEqual(ended, ['ana', 'ben'], 'what the new token opened stays');
});
