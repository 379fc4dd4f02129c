import { type Wifi, wifiKey } from './wifi.ts';

/** What cloud-init is told, on images that have it on board (Raspberry Pi OS from Debian 13 on). */
export interface CloudInitFacts {
  readonly hostname: string | undefined;
  readonly user: string | undefined;
  readonly authorizedKeys: readonly string[];
  readonly timezone: string | undefined;
  readonly wifi: Wifi | undefined;
  /** Path, on the board, of what is run once when the network is up. */
  readonly runOnce: string;
  readonly unit: string;
  /** Another one makes cloud-init take the card for a new machine, and begin anew. */
  readonly instance: string;
}

/** JSON is YAML as well: no name or key can be taken for syntax. */
const yaml = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export function userData({
  hostname,
  user,
  authorizedKeys,
  timezone,
  runOnce,
  unit,
}: CloudInitFacts): string {
  const account = {
    name: user,
    gecos: 'Bramble',
    groups: ['sudo'],
    shell: '/bin/bash',
    lock_passwd: true,
    sudo: 'ALL=(ALL) NOPASSWD:ALL',
    ssh_authorized_keys: authorizedKeys,
  };
  const config = {
    ...(hostname === undefined ? {} : { hostname, manage_etc_hosts: true }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(user === undefined ? {} : { users: [account], ssh_pwauth: false }),
    runcmd: [
      ...(user === undefined ? [] : [['systemctl', 'enable', '--now', 'ssh']]),
      ['sh', runOnce],
      ['systemctl', 'start', '--no-block', unit],
    ],
  };
  return `#cloud-config\n${yaml(config)}`;
}

export const metaData = ({ instance, hostname }: CloudInitFacts): string =>
  yaml({ 'instance-id': instance, ...(hostname === undefined ? {} : { 'local-hostname': hostname }) });

/** `undefined` where the image's own network, which is by wire, will do. */
export function networkConfig({ wifi }: CloudInitFacts): string | undefined {
  if (wifi === undefined) return undefined;
  const key = wifiKey(wifi);
  return yaml({
    network: {
      version: 2,
      ethernets: { eth0: { dhcp4: true, optional: true } },
      wifis: {
        wlan0: {
          dhcp4: true,
          optional: true,
          'regulatory-domain': wifi.country,
          'access-points': { [wifi.ssid]: key === undefined ? {} : { password: key } },
        },
      },
    },
  });
}
