import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monitorIn } from './monitors.ts';
import { type Neighbour, type Neighbourhood, objectionTo } from './objections.ts';
import type { Place } from './place.ts';

const ownPlace = { dataDir: '/here', bridge: 'bramble0', clusterCIDR: '10.42.0.0/16' };
const alone: Neighbourhood = { forgotten: [], others: [], plugged: [], addresses: [] };
const running = { pid: 12, command: 'node agent/main.ts' };
const other: Neighbour = {
  ...{ dataDir: '/there', bridge: 'br1', clusterCIDR: '10.43.0.0/16' },
  ...{ process: running, pods: 3, dataDirIsThere: true },
};

const told = (around: Partial<Neighbourhood>): string => {
  const objection = objectionTo(ownPlace, { ...alone, ...around });
  return objection ? `${objection.code} ${objection.message}` : 'none';
};

test('an agent with a bridge and a range of its own begins, whoever else is there', () => {
  assert.equal(told({}), 'none');
  assert.equal(told({ others: [other] }), 'none');
});

test('a bridge or a range that another agent has: who that is, and the flags', () => {
  const sameBridge = told({ others: [{ ...other, bridge: 'bramble0' }] });
  assert.match(
    sameBridge,
    /^BRAMBLE_NETWORK_IN_USE bridge bramble0 is that of the Bramble in \/there \(process 12, node/,
  );
  assert.match(sameBridge, /--bridge and --cluster-cidr/);
  for (const clusterCIDR of ['10.42.0.0/16', '10.42.7.0/24', '10.0.0.0/8'])
    assert.match(
      told({ others: [{ ...other, clusterCIDR }] }),
      /meets .*, that of the Bramble in \/there/,
      clusterCIDR,
    );
});

test('a range of Services that another agent has: who that is, and the flag', () => {
  const [mine, theirs] = ['10.53.0.0/16', '10.53.128.0/17'];
  const between = (own: Partial<Place>, there: Partial<Neighbour>): string => {
    const others = [{ ...other, ...there }];
    return objectionTo({ ...ownPlace, ...own }, { ...alone, others })?.message ?? 'none';
  };
  const both = between({ serviceCIDR: mine }, { serviceCIDR: theirs });
  assert.match(
    both,
    /^the range of Services 10\.53\.0\.0\/16 meets 10\.53\.128\.0\/17, that of the Bramble in \/there/,
  );
  assert.match(both, /; choose another range with --service-cidr of `bramble up`$/);
  assert.match(
    between({ serviceCIDR: '10.43.0.0/16' }, {}),
    /Services 10\.43\.0\.0\/16 meets 10\.43\.0\.0\/16.*--service-cidr/,
  );
  assert.match(
    between({}, { serviceCIDR: '10.42.0.0/16' }),
    /^the range 10\.42.* meets 10\.42.*--cluster-cidr$/,
  );
  const all = between({ serviceCIDR: mine }, { bridge: 'bramble0', serviceCIDR: theirs });
  assert.match(all, /^bridge bramble0 .*--bridge and --cluster-cidr, and another range with --service-cidr/);
  assert.equal(between({ serviceCIDR: mine }, { serviceCIDR: '10.54.0.0/16' }), 'none');
  assert.equal(between({ serviceCIDR: mine }, {}), 'none', 'the other has not been told its own yet');
  const stopped = { process: undefined, serviceCIDR: theirs };
  assert.match(
    between({ serviceCIDR: mine }, stopped),
    /stopped while 3 .*--service-cidr.*reset --data-dir \/there/,
  );
});

test('a stopped one is in the way only while its pods run', () => {
  const stopped = { ...other, bridge: 'bramble0', process: undefined };
  assert.match(told({ others: [stopped] }), /stopped while 3 of its pods run; .* reset --data-dir \/there/);
  assert.equal(told({ others: [{ ...stopped, pods: 0 }] }), 'none');
  assert.match(
    told({ others: [{ ...stopped, dataDirIsThere: false }] }),
    /^BRAMBLE_LEFTOVERS 3 pods .* reset --data-dir \/there/,
  );
});

test('containers that podman has forgotten, devices and addresses of others: named, a few of them', () => {
  assert.match(
    told({ forgotten: ['a', 'b', 'c', 'd'] }),
    /^BRAMBLE_LEFTOVERS a, b, c and 1 more .*reset --data-dir \/here/,
  );
  assert.match(told({ plugged: ['eth0'] }), /^BRAMBLE_NETWORK_IN_USE bridge bramble0 carries eth0/);
  assert.match(
    told({ addresses: ['10.42.0.1 (wlan0)'] }),
    /10\.42\.0\.1 \(wlan0\) inside 10\.42\.0\.0\/16.*--cluster-cidr/,
  );
});

test('a monitor is known by where it tells of the end of its container', () => {
  const words = (exitDir: string): string[] =>
    `/usr/bin/conmon --api-version 1 -c abc -r /usr/bin/crun -b /d/bundle -n bramble_x --exit-dir ${exitDir} -l k8s-file:/x`.split(
      ' ',
    );
  assert.deepEqual(monitorIn(7, words('/run/bramble/0a/podman/libpod/exits'), '/run/bramble/0a'), {
    ...{ pid: 7, containerId: 'abc', runtime: '/usr/bin/crun', bundle: '/d/bundle', name: 'bramble_x' },
  });
  assert.equal(monitorIn(7, words('/run/bramble/0ab/podman/libpod/exits'), '/run/bramble/0a'), undefined);
  assert.equal(monitorIn(7, ['/bin/cat', '--exit-dir', '/run/bramble/0a/x'], '/run/bramble/0a'), undefined);
});
