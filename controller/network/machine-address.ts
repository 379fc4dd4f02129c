import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** The IPv4 address at which other machines most likely reach this one: that of the default route's interface. */
export function machineAddress(
  routes: string = readRoutes(),
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): string | undefined {
  const first = /^(\S+)\t00000000\t/m.exec(routes)?.[1];
  const names = Object.keys(interfaces).toSorted(
    (one, other) => Number(other === first) - Number(one === first),
  );
  const all = names.flatMap((name) => interfaces[name] ?? []);
  return all.find(
    ({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'),
  )?.address;
}

function readRoutes(): string {
  try {
    return readFileSync('/proc/net/route', 'utf8');
  } catch {
    return '';
  }
}
