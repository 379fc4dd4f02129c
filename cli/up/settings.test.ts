import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerPlaces } from './broker-places.ts';
import { boardSettings, parseSettings, upSettings } from './settings.ts';

const usual = { dataDir: '/var/lib/bramble', bridge: 'bramble0', logLevel: 'warn' };
const keepaliveOf = (mqttKeepalive?: string): number | undefined =>
  parseSettings(boardSettings, { ...usual, mqttKeepalive }).mqttKeepalive;

test('a keepalive is a duration from 5 seconds to 20 minutes, with its unit', () => {
  assert.equal(keepaliveOf(), undefined);
  assert.deepEqual(
    ['5s', '10s', '90s', '2m', '20m', '1200s'].map(keepaliveOf),
    [5, 10, 90, 120, 1_200, 1_200],
  );
  for (const wrong of ['4s', '1201s', '21m', '0s', '1h', '10', '-10s', '1.5m', 'ten', ''])
    assert.throws(
      () => keepaliveOf(wrong),
      /^Error: --mqtt-keepalive: must be a duration from 5s to 20m, like 10s or 5m$/,
      wrong,
    );
});

test('another broker is named by its address; people come in by a door beside that of the boards', () => {
  const ports = { httpsPort: 6443, mqttPort: 8883 };
  const ranges = { clusterCidr: '10.42.0.0/16', serviceCidr: '10.43.0.0/16' };
  const placesOf = (broker?: string, brokerUsersPort?: number) =>
    brokerPlaces(parseSettings(upSettings, { ...usual, ...ports, ...ranges, broker, brokerUsersPort }));
  const here = { host: '127.0.0.1', port: 8883 };
  assert.deepEqual(placesOf(), { url: 'mqtts://127.0.0.1:8883', users: here });
  const lan = { url: 'mqtts://broker.lan:8883', users: { host: 'broker.lan', port: 8884 } };
  for (const given of ['mqtts://broker.lan:8883', 'mqtts://broker.lan', 'mqtts://broker.lan/'])
    assert.deepEqual(placesOf(given), lan);
  assert.deepEqual(placesOf('mqtts://broker.lan:1', 7).users, { host: 'broker.lan', port: 7 });
  for (const wrong of ['mqtt://broker.lan', 'https://broker.lan', 'mqtts://', 'mqtts://broker.lan/topic', ''])
    assert.throws(
      () => placesOf(wrong),
      /^Error: --broker: must be like mqtts:\/\/192\.168\.1\.20:8883/,
      wrong,
    );
});
