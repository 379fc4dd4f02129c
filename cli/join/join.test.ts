import assert from 'node:assert/strict';
import test from 'node:test';
import { parseSettings } from '../up/settings.ts';
import { unitFor } from './install-service.ts';
import { serviceUnit } from './service-unit.ts';
import { joinSettings } from './settings.ts';

const token = `bramble1.0123456789ab.${'s'.repeat(32)}.${'p'.repeat(43)}`;
const usual = { dataDir: '/var/lib/bramble', bridge: 'bramble0', logLevel: 'warn' };
const urlOf = (url: string): string | undefined => parseSettings(joinSettings, { ...usual, url, token }).url;

test('an address may leave out what is usual', () => {
  assert.equal(urlOf('10.0.0.1'), 'https://10.0.0.1:6443');
  assert.equal(urlOf('pi.local:7443'), 'https://pi.local:7443');
  assert.equal(urlOf('https://pi.local'), 'https://pi.local:6443');
  assert.equal(urlOf('https://fleet.example.com:443/'), 'https://fleet.example.com:443');
  assert.equal(urlOf('https://[fd00::1]:6443'), 'https://[fd00::1]:6443');
  assert.throws(() => urlOf('http://10.0.0.1'), /--url: .*https alone/);
  assert.throws(() => urlOf('https://'), /--url: .*no address/);
});

test('a token is taken whole, with whatever space a copy brought along', () => {
  assert.equal(parseSettings(joinSettings, { ...usual, url: 'a', token: ` ${token}\n` }).token, token);
  assert.throws(
    () => parseSettings(joinSettings, { ...usual, url: 'a', token: token.slice(0, -1) }),
    /--token: this is not/,
  );
});

test('the unit runs what was typed, with the token in a file', () => {
  const typed = { ...usual, url: '10.0.0.1', token, node: 'pi-7', labels: 'site=barn', mqttKeepalive: '2m' };
  const unit = unitFor(parseSettings(joinSettings, typed));
  assert.match(
    unit,
    /^ExecStart=\S+ \S+main\.ts join https:\/\/10\.0\.0\.1:6443 --token-file \/var\/lib\/bramble\/agent\/join-token .*--node pi-7 --mqtt-keepalive 120s --labels site=barn$/m,
  );
  assert.ok(!unit.includes(token));
});

test('words of a unit are quoted as systemd reads them', () => {
  const unit = serviceUnit({ node: '/n', cli: '/c d/main.ts', args: ['--labels', 'a=100%$x"y'] });
  assert.match(unit, /^ExecStart=\/n "\/c d\/main\.ts" join --labels "a=100%%\$\$x\\"y"$/m);
});
