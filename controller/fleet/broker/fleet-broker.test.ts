import assert from 'node:assert/strict';
import test from 'node:test';
import { brokerUrl, placeForBoards } from './fleet-broker.ts';

test('boards dial a broker on the controller’s machine where they reached the controller, any other by its name', () => {
  const place = (host: string) => placeForBoards({ address: { host, port: 8883 } });
  for (const host of ['127.0.0.1', '127.0.1.1', 'localhost', '::1'])
    assert.deepEqual(place(host), { mqttPort: 8883 });
  for (const host of ['broker.lan', '192.168.1.20', 'fd00::7', 'localhost.lan'])
    assert.deepEqual(place(host), { mqttHost: host, mqttPort: 8883 });
});

test('an IPv6 address is written in brackets', () => {
  assert.equal(brokerUrl({ host: 'fd00::7', port: 8883 }), 'mqtts://[fd00::7]:8883');
  assert.equal(brokerUrl({ host: 'broker.lan', port: 1 }), 'mqtts://broker.lan:1');
});
