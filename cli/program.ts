import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { addBoardCommands } from './board-commands.ts';
import { brokerConfigCommand } from './broker/command.ts';
import { flashCommand } from './flash/command.ts';
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
    .option('--broker <url>', 'another broker than the embedded one, such as mqtts://192.168.1.20:8883')
    .option('--broker-users-port <port>', 'where that one takes name and token (default: one above)')
    .option('--controller-only', 'no agent: needs no root')
    .option('--node <name>', 'name of this board (default: its host name)')
    .option('--cluster-cidr <range>', 'addresses of pods', '10.42.0.0/16')
    .option('--service-cidr <range>', 'addresses of Services', '10.43.0.0/16')
    .option('--bridge <name>', 'network bridge of this board’s pods', 'bramble0')
    .option(
      '--board-certificates <duration>',
      'how long boards’ certificates last before they are renewed',
      '365d',
    )
    .option(
      '--mqtt-keepalive <duration>',
      'of this board’s connection, 5s to 20m (default: as told last, or 30s)',
    )
    .option('--new-store', 'begin with an empty store; the old one is set aside')
    .option('--log-level <level>', 'debug, info, warn or error', 'warn')
    .action(async (options) => {
      const { parseSettings, upSettings } = await import('./up/settings.ts');
      const { become, requireRoot } = await import('./up/become.ts');
      const settings = parseSettings(upSettings, options);
      if (!settings.controllerOnly) requireRoot('an agent');
      await become('up', settings);
    });

  bramble
    .command('join [url] [token]')
    .description('run this machine as a board of the fleet at URL (https://HOST:6443), in the foreground')
    .option('--data-dir <path>', 'where state is kept', defaultDataDir)
    .option('--node <name>', 'name of this board (default: its host name)')
    .option('--token-file <path>', 'read the token from a file, which is removed when the board has joined')
    .option('--install-service', 'let systemd run this board now and at each boot')
    .option('--print-service', 'print the systemd unit, and do nothing else')
    .option('--labels <labels>', 'said of this board, such as site=barn,floor=2')
    .option('--bridge <name>', 'network bridge of this board’s pods', 'bramble0')
    .option('--cluster-cidr <range>', 'addresses of pods (default: as the controller says)')
    .option(
      '--mqtt-keepalive <duration>',
      'of the board’s connection, 5s to 20m (default: as told last, or 30s)',
    )
    .option('--log-level <level>', 'debug, info, warn or error', 'warn')
    .action(async (url: string | undefined, token: string | undefined, options) => {
      const { joinBoard } = await import('./join/command.ts');
      console.log(await joinBoard({ ...options, url, token }));
    });

  flashCommand(bramble, defaultDataDir);
  brokerConfigCommand(bramble, defaultDataDir);
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

  bramble
    .command('reset')
    .description('start over: end and remove all containers, networks and state of a data directory')
    .option('--data-dir <path>', 'what to remove', defaultDataDir)
    .option('--keep-store', 'keep what the controller has: every object, keys, users')
    .option('--yes', 'do not ask')
    .option('--bridge <name>', 'its network bridge, where the agent could not write that down')
    .action(async (options) => {
      const { reset } = await import('./commands/reset.ts');
      console.log(await reset(options));
    });

  userCommands(bramble.command('user').description('people and programs that may use this Bramble'));
  addBoardCommands(bramble, defaultDataDir);
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
    .command('token <name>')
    .description('print a new token; the one before stops working at once')
    .option('--data-dir <path>', 'state of the controller to ask', defaultDataDir)
    .action(async (name: string, options: { dataDir: string }) => {
      const { call, targetOf } = await import('./client.ts');
      const path = `/bramble/v1/users/${encodeURIComponent(name)}/token`;
      const { token } = await call<{ token: string }>(await targetOf(options.dataDir), 'POST', path);
      console.log(token);
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
