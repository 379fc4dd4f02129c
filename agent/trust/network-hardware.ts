import { readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';

/**
 * Addresses that makers gave to the network cards inside this machine, in the order of where they are plugged in. What
 * hangs on USB comes and goes; what has no device is made of software; and an address of the locally administered kind
 * is a setting, which may be another one when a virtual machine is started the next time.
 * @param root of the file system; another one in tests
 */
export async function burntInAddresses(root = '/'): Promise<string[]> {
  const directory = join(root, 'sys/class/net');
  const names = await readdir(directory).catch(() => []);
  const cards = await Promise.all(names.map((name) => cardOf(join(directory, name), root)));
  return cards
    .filter((card) => card !== undefined)
    .filter(({ address }) => isBurntIn(address))
    .sort((a, b) => (a.device < b.device ? -1 : 1))
    .map(({ address }) => address)
    .slice(0, mostCards);
}

const mostCards = 16;

interface Card {
  readonly device: string;
  readonly address: string;
}

async function cardOf(path: string, root: string): Promise<Card | undefined> {
  const device = await realpath(join(path, 'device')).catch(() => undefined);
  if (device === undefined) return undefined;
  const place = `/${relative(await realpath(root), device)}`;
  return /\/usb\d/.test(place) ? undefined : { device: place, address: await permanentAddress(path) };
}

/** A bond gives its members an address in common; and a Wi-Fi card may go by another one each day. */
async function permanentAddress(path: string): Promise<string> {
  const read = async (file: string): Promise<string> =>
    (await readFile(join(path, file), 'utf8').catch(() => '')).trim().toLowerCase();
  const own = (await read('bonding_slave/perm_hwaddr')) || (await read('phy80211/macaddress'));
  if (own !== '') return own;
  return (await read('addr_assign_type')) === permanent ? read('address') : '';
}

/** NET_ADDR_PERM (linux/netdevice.h). */
const permanent = '0';

/** Neither a group's, nor locally administered (IEEE 802), nor none. */
function isBurntIn(address: string): boolean {
  const first = Number.parseInt(address.slice(0, 2), 16);
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(address) && !/^[0:]+$/.test(address) && (first & 3) === 0;
}
