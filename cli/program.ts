import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { fleetCommands } from './fleet/commands.ts';

const defaultDataDir = process.env['BRAMBLE_DATA_DIR'] ?? '.bramble';

/** Each command loads what it needs when it is used: `bramble up` stays for long, and should be small. */
export function program(): Command {
  const bramble = new Command('bramble')
    .description('Runs containers on fleets of Raspberry Pis.')
    .version('0.1.0')
    .showHelpAfterError('(add --help for what it takes)')
    .exitOverride();

  bramble
    .command('up')
    .description('run a controller, and an agent for this machine, in the foreground')
    .option('--data-dir <path>', 'where state is kept', defaultDataDir)
    .option('--https-port <port>', 'port of the API', '6443')
    .option('--mqtt-port <port>', 'port of the MQTT broker (TLS)', '8883')
    .option('--controller-only', 'no agent: needs no root')
    .option('--node <name>', 'name of this board (default: its host name)')
    .option('--cluster-cidr <range>', 'addresses of pods', '10.42.0.0/16')
    .option('--bridge <name>', 'network bridge of this board’s pods', 'bramble0')
    .option('--new-store', 'begin with an empty store; the old one is set aside')
    .option('--log-level <level>', 'debug, info, warn or error', 'warn')
    .action(async (options) => {
      const { parseSettings, upSettings } = await import('./up/settings.ts');
      const { becomeUp } = await import('./up/become-up.ts');
      await becomeUp(parseSettings(upSettings, options));
    });

  fleetCommands(bramble, defaultDataDir);

  bramble
    .command('backup <file>')
    .description('write everything in the store to a file, while Bramble runs')
    .option('--data-dir <path>', 'state of the controller to ask', defaultDataDir)
    .action(async (file: string, options: { dataDir: string }) => {
      const { open, targetOf } = await import('./client.ts');
      const answer = await open(await targetOf(options.dataDir), 'GET', '/bramble/v1/backup');
      await pipeline(answer, createWriteStream(file, { mode: 0o600 }));
      console.log(`Backup written to ${file}. It holds Secrets: keep it safe.`);
    });

  bramble
    .command('restore <file>')
    .description('make a store from a backup; Bramble must be stopped')
    .option('--data-dir <path>', 'where state is kept', defaultDataDir)
    .option('--replace', 'set aside the store that is there')
    .action(async (file: string, options: { dataDir: string; replace?: boolean }) => {
      const { restoreBackup } = await import('./commands/restore.ts');
      console.log(await restoreBackup(file, options.dataDir, options.replace === true));
    });

  userCommands(bramble.command('user').description('people and programs that may use this Bramble'));
  tokenCommands(bramble.command('token').description('tokens with which boards join'));
  return bramble;
}

function userCommands(user: Command): void {
  user
    .command('create <name>')
    .description('make a user, and print the token')
    .option('--role <role>', 'admin, edit or view', 'view')
    .option('--data-dir <path>', 'state of the controller to ask', defaultDataDir)
    .action(async (name: string, options: { role: string; dataDir: string }) => {
      const { call, targetOf } = await import('./client.ts');
      const body = { name, role: options.role };
      const { token } = await call<{ token: string }>(
        await targetOf(options.dataDir),
        'POST',
        '/bramble/v1/users',
        body,
      );
      console.log(token);
    });
  user
    .command('list')
    .description('names and roles')
    .option('--data-dir <path>', 'state of the controller to ask', defaultDataDir)
    .action(async (options: { dataDir: string }) => {
      const { call, targetOf } = await import('./client.ts');
      const target = await targetOf(options.dataDir);
      const { users } = await call<{ users: { name: string; role: string }[] }>(
        target,
        'GET',
        '/bramble/v1/users',
      );
      for (const { name, role } of users) console.log(`${name}\t${role}`);
    });
  user
    .command('remove <name>')
    .description('the token stops working at once')
    .option('--data-dir <path>', 'state of the controller to ask', defaultDataDir)
    .action(async (name: string, options: { dataDir: string }) => {
      const { call, targetOf } = await import('./client.ts');
      await call(await targetOf(options.dataDir), 'DELETE', `/bramble/v1/users/${encodeURIComponent(name)}`);
      console.log(`user ${name} removed`);
    });
}

function tokenCommands(token: Command): void {
  token
    .command('create')
    .description('print a token with which one board can join')
    .option('--uses <count>', 'how many boards', '1')
    .option('--expires <minutes>', 'for how long', '60')
    .option('--data-dir <path>', 'state of the controller to ask', defaultDataDir)
    .action(async (options: { uses: string; expires: string; dataDir: string }) => {
      const { call, targetOf } = await import('./client.ts');
      const body = { uses: Number(options.uses), lifetimeMs: Number(options.expires) * 60_000 };
      const made = await call<{ token: string }>(
        await targetOf(options.dataDir),
        'POST',
        '/bramble/v1/tokens',
        body,
      );
      console.log(made.token);
    });
}
