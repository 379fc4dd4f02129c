import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deviceTreeText } from '../board/linux/proc.ts';

/**
 * Names the machine, for telling it from one that got a copy of its card: the machine id, which is copied along, bound
 * to the hardware's serial number, which is not. Where there is no such number (no Raspberry Pi) the machine id alone.
 * @param root of the file system; another one in tests
 */
export async function machineMark(machineId: string, root = '/'): Promise<string> {
  const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8').catch(() => '');
  const fromTree = deviceTreeText(await read('/proc/device-tree/serial-number'));
  const serial = fromTree || /^Serial\s*:\s*(\w+)$/m.exec(await read('/proc/cpuinfo'))?.[1];
  if (serial === undefined) return machineId;
  return createHash('sha256').update(`${machineId}/${serial}`).digest('hex').slice(0, 32);
}
