import { hostname, networkInterfaces } from 'node:os';

/**
 * What this machine is called and reached by now: localhost, its name, and the addresses of its interfaces. Link-local
 * IPv6 ones are left out: every pod's veth brings one, and nobody dials them.
 */
export function machineNames(more: readonly string[] = []): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map((entry) => entry.address).filter((address) => !/^fe[89ab]/i.test(address)),
  );
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname().toLowerCase(), ...addresses, ...more])];
}
