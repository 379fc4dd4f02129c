import { createInterface } from 'node:readline/promises';
import { boardPlaces, type CardSettings } from '@bramble/firmware-scripts/flash/card-files.ts';
import { sizeText } from '@bramble/firmware-scripts/flash/disk.ts';
import { checkImage, flash } from '@bramble/firmware-scripts/flash/flash.ts';
import { openImage } from '@bramble/firmware-scripts/flash/image-source.ts';
import { packSoftware } from '@bramble/firmware-scripts/flash/software.ts';
import { chooseTarget, type Target } from '@bramble/firmware-scripts/flash/target.ts';
import { joinArguments, serviceUnit } from '../join/service-unit.ts';
import { parseSettings } from '../up/settings.ts';
import { controllerUrl, tokenFits } from './controller-place.ts';
import { authorizedKeysOf, passwordOf, tokenOf } from './files.ts';
import { progressLine } from './progress-line.ts';
import { assertWhole, type FlashSettings, flashSettings } from './settings.ts';

/**
 * `bramble flash`: everything that can be wrong is told before anything is written. Answers with what to do with the card.
 * @throws Error naming what is wrong, where, and what to do
 */
export async function flashCard(options: unknown): Promise<string> {
  const settings = parseSettings(flashSettings, options);
  assertWhole(settings);
  const url = await controllerUrl(settings);
  const card = await cardSettings(settings, url);
  const source = await openImage(settings.image);
  const { image, to, force, sha256, yes, cache } = settings;
  const target = await chooseTarget({ to, image, imageBytes: source.bytes, force });
  await checkImage(source, sha256);
  await tellWhetherTokenFits(url, card.token);
  if (!yes) await confirm(target);
  const software = await packSoftware(cache, say);
  const { medium } = target;
  const done = await flash({ source, medium, settings: card, software }, progressLine(process.stderr)).catch(
    (error: NodeJS.ErrnoException) => {
      throw withCure(error, to);
    },
  );
  const name = settings.hostname === undefined ? 'The board' : `Board ${settings.hostname}`;
  return [
    `${to}: ${sizeText(done.bytes)} written and read back (SHA-256 ${done.sha256}), then made a board by ${done.firstBoot}.`,
    `${name} joins ${url} by itself when it is switched on; the first boot takes some minutes, and a restart.`,
    'How it went: bramble/first-boot.log on the boot partition; `journalctl -u bramble-board` on the board.',
    'Until then the token lies on the card: keep it like a key.',
  ].join('\n');
}

async function cardSettings(settings: FlashSettings, url: string): Promise<CardSettings> {
  const { hostname, labels, bridge, logLevel, mqttKeepalive, timezone, wifiSsid, wifiCountry } = settings;
  const { token: tokenFile, dataDir, node, cli } = boardPlaces;
  const places = { url, tokenFile, dataDir, node: hostname };
  const args = joinArguments({ ...places, bridge, logLevel, mqttKeepalive, labels });
  const password = await passwordOf(settings);
  return {
    hostname,
    timezone,
    user: settings.sshKey === undefined ? undefined : (settings.user ?? 'pi'),
    authorizedKeys: await authorizedKeysOf(settings),
    wifi:
      wifiSsid === undefined || wifiCountry === undefined
        ? undefined
        : { ssid: wifiSsid, password, country: wifiCountry },
    token: await tokenOf(settings),
    unit: serviceUnit({ node, cli, args }),
    writtenAtSeconds: Math.floor(Date.now() / 1000),
  };
}

/** Only told: the address may stand for another machine where the board will be. */
async function tellWhetherTokenFits(url: string, token: string): Promise<void> {
  const fits = await tokenFits(url, token);
  if (fits === 'no')
    say(
      `Mind: what answers at ${url} here is not the controller that made the token; if that is so where the board will be, it cannot join.`,
    );
  if (fits === 'unknown')
    say(`Mind: ${url} cannot be reached from here; whether the token is that controller’s was not checked.`);
}

async function confirm({ loss }: Target): Promise<void> {
  if (loss === undefined) return;
  process.stderr.write(`${loss.text}\n`);
  if (!process.stdin.isTTY) throw new Error('nothing was written: say --yes where nobody can be asked');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Type ${loss.word} to go on: `);
  terminal.close();
  if (answer.trim() !== loss.word) throw new Error('nothing was written');
}

function withCure(error: NodeJS.ErrnoException, to: string): Error {
  if (error.code === 'EACCES' || error.code === 'EPERM')
    return new Error(`${to} may not be written to by you: run the same with sudo`);
  if (error.code === 'EBUSY') return new Error(`${to} is in use: something has mounted it in the meantime`);
  if (error.code === 'ENOSPC') return new Error(`${to}: there is no room left`);
  if (error.code === 'EIO')
    return new Error(`${to} cannot be written: the card, or its reader, is broken. Try another one.`);
  return error;
}

const say = (line: string): unknown => process.stderr.write(`${line}\n`);
