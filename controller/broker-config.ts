import { isAbsolute, resolve } from 'node:path';
import { parseFlags } from '@bramble/adapters/host/flags.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { end } from '@bramble/adapters/host/process.ts';
import * as z from '@bramble/protocol/zod.ts';
import { brokerUrl } from './fleet/broker/fleet-broker.ts';
import { writeMosquittoFiles } from './fleet/broker/mosquitto/files.ts';
import { machineNames } from './trust/machine-names.ts';
import { openTrust } from './trust/trust.ts';

// `bramble broker-config mosquitto` runs this as a process of its own, as `bramble up` does the controller.

const port = z.coerce.number('must be a port from 1 to 65535').check(z.int(), z.gte(1), z.lte(65_535));
const path = z
  .string()
  .check(z.regex(/^[^\s"'\\]+$/, 'mosquitto takes no path with white space, quotes or backslashes'));
const absolute = path.check(z.refine(isAbsolute, 'must be a path from /'));

const settings = z
  .object({
    'data-dir': z.string(),
    out: path,
    at: z.optional(absolute),
    host: z.array(z.string().check(z.regex(/^[A-Za-z0-9.:-]{1,253}$/, 'must be a host name or an address'))),
    port,
    'users-port': port,
    user: z.optional(z.string().check(z.regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a user'))),
    plugin: z.optional(absolute),
    'new-access': z.boolean(),
  })
  .check(
    z.refine((flags) => flags.port !== flags['users-port'], {
      path: ['users-port'],
      error: 'boards and users need a port each',
    }),
  );

async function main(): Promise<void> {
  const flags = parseFlags(
    settings,
    {
      'data-dir': { type: 'string', default: '.bramble' },
      out: { type: 'string' },
      at: { type: 'string' },
      host: { type: 'string', multiple: true, default: [] },
      port: { type: 'string', default: '8883' },
      'users-port': { type: 'string', default: '8884' },
      user: { type: 'string' },
      plugin: { type: 'string' },
      'new-access': { type: 'boolean', default: false },
    },
    process.argv.slice(2),
  );
  const trust = await openTrust(
    flags['data-dir'],
    createHost(() => {}),
  );
  const out = resolve(flags.out);
  const names = flags.host.length > 0 ? flags.host : machineNames();
  const written = await writeMosquittoFiles({
    out,
    at: flags.at ?? out,
    port: flags.port,
    usersPort: flags['users-port'],
    user: flags.user,
    plugin: flags.plugin,
    newAccess: flags['new-access'],
    clientAuthority: trust.clientCaPem,
    server: await trust.certificates.brokerServer(names),
  });
  process.stdout.write(advice(out, flags.at ?? out, written.keptAccess, flags));
}

function advice(out: string, at: string, keptAccess: boolean, flags: z.infer<typeof settings>): string {
  const [host = '127.0.0.1'] = flags.host;
  const elsewhere = out === at ? [] : [`Copy ${out} to ${at} on the broker's machine.`];
  const broker = brokerUrl({ host, port: flags.port });
  return [
    `Written: ${out}/mosquitto.conf and the files that it names.`,
    ...(keptAccess
      ? ['dynamic-security.json was there and is kept: mosquitto writes it while it runs.']
      : []),
    ...elsewhere,
    'Start the broker:',
    `  mosquitto -c ${at}/mosquitto.conf`,
    'Start the controller:',
    `  bramble up --data-dir ${flags['data-dir']} --broker ${broker} --broker-users-port ${flags['users-port']}`,
    '',
  ].join('\n');
}

await main().catch((error) => end('broker-config', error));
