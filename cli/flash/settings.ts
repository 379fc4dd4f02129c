import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { nodeName } from '@bramble/protocol/join.ts';
import * as z from '@bramble/protocol/zod.ts';
import { joinSettings } from '../join/settings.ts';
import { boardSettings } from '../up/settings.ts';

const path = z.pipe(
  z.string(),
  z.transform((text) => resolve(text)),
);

/** IEEE 802.11: what a network's name may be, in bytes. */
const ssid = z.string().check(
  z.refine((text) => {
    const bytes = Buffer.byteLength(text);
    return bytes >= 1 && bytes <= 32;
  }, 'a network’s name has 1 to 32 bytes'),
);

export const wifiPassword = z
  .string()
  .check(
    z.regex(
      /^([\x20-\x7e]{8,63}|[0-9a-fA-F]{64})$/,
      'a Wi-Fi password has 8 to 63 printable characters of ASCII, or is a key of 64 hexadecimal digits',
    ),
  );

/** What `bramble flash` takes, checked as far as it goes without reading a file. */
export const flashSettings = z.object({
  image: path,
  to: path,
  url: joinSettings.shape.url,
  token: joinSettings.shape.token,
  tokenFile: z.optional(path),
  hostname: z.optional(nodeName),
  labels: joinSettings.shape.labels,
  wifiSsid: z.optional(ssid),
  wifiPassword: z.optional(wifiPassword),
  wifiPasswordFile: z.optional(path),
  wifiCountry: z.optional(
    z.string().check(
      z.toUpperCase(),
      z.refine((text) => /^[A-Z]{2}$/.test(text), 'must be a country’s two letters, such as DE or GB'),
    ),
  ),
  sshKey: z.optional(path),
  user: z.optional(
    z.string().check(
      z.regex(
        /^[a-z_][a-z0-9_-]{0,31}$/,
        'a user’s name has lower-case letters, digits, _ and -, at most 32',
      ),
      z.refine((name) => name !== 'root', 'log in as another user than root'),
    ),
  ),
  timezone: z.optional(
    z
      .string()
      .check(
        z.regex(/^[A-Za-z_]+(\/[A-Za-z0-9_+-]+){0,2}$/, 'must be a name like Europe/Berlin or UTC'),
        z.refine(isTimeZone, 'there is no such time zone'),
      ),
  ),
  sha256: z.optional(z.string().check(z.regex(/^[0-9a-fA-F]{64}$/, 'a SHA-256 has 64 hexadecimal digits'))),
  force: z._default(z.boolean(), false),
  yes: z._default(z.boolean(), false),
  cache: z._default(path, () => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'bramble')),
  bridge: boardSettings.shape.bridge,
  logLevel: boardSettings.shape.logLevel,
  mqttKeepalive: boardSettings.shape.mqttKeepalive,
  dataDir: boardSettings.shape.dataDir,
});
export type FlashSettings = z.infer<typeof flashSettings>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Flags that mean nothing alone. @throws Error naming the one that is missing */
export function assertWhole(settings: FlashSettings): void {
  const {
    token,
    tokenFile,
    wifiSsid,
    wifiCountry,
    wifiPassword: password,
    wifiPasswordFile,
    sshKey,
    user,
  } = settings;
  if (token !== undefined && tokenFile !== undefined)
    throw new Error('--token-file: there is --token already');
  if (token === undefined && tokenFile === undefined)
    throw new Error(
      '--token: is missing; `bramble token create --expires 30d`, where the controller runs, prints one',
    );
  if (password !== undefined && wifiPasswordFile !== undefined)
    throw new Error('--wifi-password-file: there is --wifi-password already');
  if (wifiSsid !== undefined && wifiCountry === undefined)
    throw new Error('--wifi-country: is missing; without it the board’s radio stays off');
  if (wifiSsid === undefined && (password ?? wifiPasswordFile ?? wifiCountry) !== undefined)
    throw new Error('--wifi-ssid: is missing');
  if (user !== undefined && sshKey === undefined)
    throw new Error('--ssh-key: is missing; a user without one could not log in');
}
