import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { networkGroupLabel } from '@bramble/protocol/messages/network.ts';
import { GroupTable } from './group-table.ts';

function node(name: string, { group, address = '192.0.2.1', ready = 'True' }: Partial<Is> = {}): KubeObject {
  const labels = group === undefined ? {} : { [networkGroupLabel]: group };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec: { podCIDRs: ['10.42.0.0/24'] },
    status: {
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status: ready }],
    },
  };
}

interface Is {
  readonly group: string;
  readonly address: string;
  readonly ready: string;
}

const put = (table: GroupTable, object: KubeObject, gone = false) => table.put(object, gone);

test('a board’s readiness is nothing to others; its address, its coming and its going are', () => {
  const table = new GroupTable([node('b'), node('a')]);
  assert.deepEqual(put(table, node('a', { ready: 'Unknown' })), { moved: false, groups: [] });
  assert.deepEqual(put(table, node('a', { address: '192.0.2.9' })).groups, ['default', 'default']);
  assert.deepEqual(
    table.boardsIn('default').map(({ node: name, addresses }) => [name, addresses[0]]),
    [
      ['a', '192.0.2.9'],
      ['b', '192.0.2.1'],
    ],
  );
  assert.deepEqual(put(table, node('b'), true), { moved: true, groups: ['default'] });
  assert.deepEqual(put(table, node('c', { group: 'barn' })), { moved: true, groups: ['barn'] });
  assert.deepEqual([...table.nodes], ['a', 'c']);
});

test('a board that moves concerns both groups, and an empty group is none', () => {
  const table = new GroupTable([node('a', { group: 'barn' })]);
  assert.deepEqual([table.names, table.of('a'), table.has('barn')], [['default', 'barn'], 'barn', true]);
  assert.deepEqual(put(table, node('a', { group: 'shed' })), { moved: true, groups: ['barn', 'shed'] });
  assert.deepEqual(
    [table.names, table.boardsIn('barn'), table.has('barn')],
    [['default', 'shed'], [], false],
  );
  assert.equal(table.boardsIn('shed').length, 1);
});
