import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deviceTreeText } from '../board/linux/proc.ts';
import { burntInAddresses } from './network-hardware.ts';

export type MachineMarks = readonly [string, ...string[]];

/**
 * Names the machine, for telling it from one that got a copy of its card: the machine id, which is copied along, bound
 * to what the hardware says of itself, which is not. The first is what a board joins as; that one of the others is what
 * it joined as makes it the same machine all the same, so that neither another network card nor an agent that knows
 * fewer of these makes it a stranger. Where the hardware says nothing, the machine id alone.
 * @param root of the file system; another one in tests
 */
export async function machineMarks(machineId: string, root = '/'): Promise<MachineMarks> {
  const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8').catch(() => '');
  const bound = (hardware: string): string =>
    createHash('sha256').update(`${machineId}/${hardware}`).digest('hex').slice(0, 32);
  const serial = await serialNumber(read);
  if (serial !== undefined && !isBlank(serial)) return [bound(serial)];
  const uuid = (await read('/sys/class/dmi/id/product_uuid')).trim().toLowerCase();
  const addresses = await burntInAddresses(root);
  const hardware = [...(isUnique(uuid) ? [`uuid ${uuid}`] : []), ...addresses.map((each) => `mac ${each}`)];
  // What agents joined as that knew of serial numbers alone.
  const before = serial === undefined ? machineId : bound(serial);
  const [first = before, ...others] = [...hardware.map(bound), before];
  return [first, ...others];
}

async function serialNumber(read: (path: string) => Promise<string>): Promise<string | undefined> {
  const fromTree = deviceTreeText(await read('/proc/device-tree/serial-number'));
  return fromTree || /^Serial\s*:\s*(\w+)$/m.exec(await read('/proc/cpuinfo'))?.[1];
}

/** What Linux shows where the firmware has told it none. */
const isBlank = (serial: string): boolean => /^0+$/.test(serial);

/** Written into every board by makers who did not care. */
const sharedUuids = new Set([
  '03000200-0400-0500-0006-000700080009',
  '00020003-0004-0005-0006-000700080009',
  '12345678-1234-5678-90ab-cddeefaabbcc',
]);

function isUnique(uuid: string): boolean {
  const digits = uuid.replaceAll('-', '');
  return /^[0-9a-f]{32}$/.test(digits) && !/^(..)\1*$/.test(digits) && !sharedUuids.has(uuid);
}
