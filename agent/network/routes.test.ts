import assert from 'node:assert/strict';
import test from 'node:test';
import { planRoutes, routeChanges } from './routes.ts';

const surroundings = {
  addresses: ['192.168.1.11'],
  subnets: ['192.168.1.11/24', 'fd00::11/64'],
  routes: [],
};

test('the way to each other board is its address in a network that both are in', () => {
  const boards = [
    { node: 'own', addresses: ['192.168.1.11'], podCIDRs: ['10.42.0.0/24'] },
    { node: 'near', addresses: ['172.20.0.4', '192.168.1.12'], podCIDRs: ['10.42.1.0/24'] },
    { node: 'far', addresses: ['203.0.113.9'], podCIDRs: ['10.42.2.0/24'] },
    { node: 'dumb', addresses: [], podCIDRs: ['10.42.3.0/24'] },
    { node: 'new', addresses: ['192.168.1.13'], podCIDRs: [] },
  ];
  const { wanted, problems } = planRoutes(boards, 'own', surroundings);
  assert.deepEqual(wanted, [{ destination: '10.42.1.0/24', gateway: '192.168.1.12' }]);
  assert.deepEqual(problems, [
    'far is in no network of this board (its addresses: 203.0.113.9)',
    'dumb is in no network of this board (its addresses: none)',
  ]);
});

test('only what differs is changed, and no route of anybody else', () => {
  const wanted = [
    { destination: '10.42.1.0/24', gateway: '192.168.1.12' },
    { destination: '10.42.2.0/24', gateway: '192.168.1.13' },
  ];
  const present = [
    { destination: '10.42.1.0/24', gateway: '192.168.1.12' },
    { destination: '10.42.2.0/24', gateway: '192.168.1.99' },
    { destination: '10.42.9.0/24', gateway: '192.168.1.14' },
    { destination: '10.99.0.0/16', gateway: '192.168.1.1' },
  ];
  assert.deepEqual(routeChanges(wanted, present, '10.42.0.0/16'), [
    'route del 10.42.9.0/24 via 192.168.1.14',
    'route replace 10.42.2.0/24 via 192.168.1.13',
  ]);
  assert.deepEqual(routeChanges(wanted.slice(0, 1), present.slice(0, 1), '10.42.0.0/16'), []);
});
