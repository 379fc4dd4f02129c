import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { controllerUrl, tokenFits } from '@bramble/cli/flash/controller-place.ts';
import { flashSettings } from '@bramble/cli/flash/settings.ts';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { freePorts } from './fixture/machine.ts';

let bramble: Bramble;
before(async () => {
  bramble = await startBramble({ controllerOnly: true });
});
after(() => bramble?.dispose());

const settingsWith = (more: Readonly<Record<string, string>>) =>
  flashSettings.parse({
    image: 'a',
    to: 'b',
    bridge: 'bramble0',
    logLevel: 'warn',
    dataDir: bramble.dataDir,
    ...more,
  });

test('a token is told from one of another controller, and from what cannot be known', async () => {
  const url = `https://127.0.0.1:${bramble.place.httpsPort}`;
  const token = (await bramble.bramble('token create --expires 30d')).trim();
  assert.equal(await tokenFits(url, token), 'yes');
  const last = token.at(-1) === 'A' ? 'E' : 'A';
  assert.equal(await tokenFits(url, `${token.slice(0, -1)}${last}`), 'no');
  const [closed = 0] = await freePorts(1);
  assert.equal(await tokenFits(`https://127.0.0.1:${closed}`, token), 'unknown');
});

test('the controller on this machine is meant unless another one is named', async () => {
  assert.match(
    await controllerUrl(settingsWith({})),
    new RegExp(`^https://\\d+\\.\\d+\\.\\d+\\.\\d+:${bramble.place.httpsPort}$`),
  );
  assert.equal(await controllerUrl(settingsWith({ url: 'pi.local' })), 'https://pi.local:6443');
  await assert.rejects(
    controllerUrl(settingsWith({ dataDir: bramble.file('nothing') })),
    /--url: is missing; write the controller as boards reach it/,
  );
});
