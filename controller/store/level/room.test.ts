import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeBytes, Room } from './room.ts';

test('that there is room is believed for a while, that there is none never', () => {
  const answers = [true, false, false, true, false];
  const asked: boolean[] = [];
  const look = (): boolean => {
    const answer = answers[asked.length] as boolean;
    asked.push(answer);
    return answer;
  };
  const believing = new Room(look, 60_000);
  assert.deepEqual([believing.isLow, believing.isLow, asked.length], [false, false, 1]);
  const doubting = new Room(look, 0);
  assert.deepEqual(
    [doubting.isLow, doubting.isLow, doubting.isLow, doubting.isLow],
    [true, true, false, true],
  );
  assert.equal(asked.length, 5);
});

test('a file system says how much is free', () => {
  assert.ok(freeBytes(import.meta.dirname) > 0);
});
