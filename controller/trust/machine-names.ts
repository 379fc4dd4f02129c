import { hostname, networkInterfaces } from 'node:os';

/** What this machine is called and reached by now: localhost, its name, and every address of its interfaces. */
export function machineNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map((entry) => entry.address),
  );
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname().toLowerCase(), ...addresses])];
}
