import { pbkdf2Sync } from 'node:crypto';

export interface Wifi {
  readonly ssid: string;
  /** Of 8 to 63 characters, or 64 hexadecimal digits; none for an open network. */
  readonly password: string | undefined;
  /** Two letters. */
  readonly country: string;
}

const rounds = 4096;
const keyBytes = 32;

/**
 * The key that WPA2 derives from a passphrase (IEEE 802.11i, annex H.4). It alone lies on the card: whoever finds one can
 * join this network, and learns no password that is perhaps used elsewhere too.
 */
export function wifiKey({ ssid, password }: Wifi): string | undefined {
  if (password === undefined || /^[0-9a-f]{64}$/i.test(password)) return password?.toLowerCase();
  return pbkdf2Sync(password, ssid, rounds, keyBytes, 'sha1').toString('hex');
}

/** A connection of NetworkManager's, as nm-settings-keyfile(5) describes it. */
export function networkManagerConnection(wifi: Wifi): string {
  const key = wifiKey(wifi);
  const security = key === undefined ? '' : `\n[wifi-security]\nkey-mgmt=wpa-psk\npsk=${key}\n`;
  return `[connection]
id=bramble-wifi
type=wifi
autoconnect=true

[wifi]
mode=infrastructure
ssid=${bytesList(wifi.ssid)}
${security}
[ipv4]
method=auto

[ipv6]
method=auto
`;
}

/** For systems without NetworkManager. */
export function wpaSupplicantConfiguration(wifi: Wifi): string {
  const key = wifiKey(wifi);
  const security = key === undefined ? 'key_mgmt=NONE' : `psk=${key}`;
  return `ctrl_interface=DIR=/run/wpa_supplicant GROUP=netdev
country=${wifi.country}
network={
  ssid=${Buffer.from(wifi.ssid).toString('hex')}
  ${security}
}
`;
}

/** A key file's form of any bytes: no character of a name can be taken for syntax. */
const bytesList = (text: string): string => [...Buffer.from(text)].map((byte) => `${byte};`).join('');
