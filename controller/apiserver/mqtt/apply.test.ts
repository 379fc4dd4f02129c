import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admin } from '../testing/running-api.ts';
import { carryOut } from './apply.ts';

test('G8 others have their turn between the documents of one message, each read when its turn comes', async () => {
  const host = {
    nowMs: 0,
    monotonic: () => (host.nowMs += 2),
    defer: (turn: () => void) => setImmediate(turn),
  };
  const seen: string[] = [];
  let turns = 0;
  const count = (): void => {
    turns += 1;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  const api = {
    handle: async ({ name }: { readonly name: string | undefined }) => {
      seen.push(name ?? '');
      return { type: 'status', status: { status: 'Failure', code: 403 }, warnings: [] } as never;
    },
  };
  const documents = Array.from(
    { length: 50 },
    (_, index) => `{apiVersion: v1, kind: Pod, metadata: {name: p${index}}}`,
  );
  const order = {
    type: 'apply',
    id: '1',
    user: admin,
    text: documents.join('\n---\n'),
    receivedAt: 0,
  } as const;
  const { items } = await carryOut(api, order, host);
  clearImmediate(immediate);
  assert.equal(items.length, 50);
  assert.deepEqual(
    seen,
    documents.map((_, index) => `p${index}`),
  );
  assert.ok(turns >= 20, `${turns} turns of others between fifty documents`);
});
