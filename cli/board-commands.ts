import type { Command } from 'commander';
import type { Target } from './client.ts';

interface AskOptions {
  readonly dataDir: string;
}

/** Commands about the boards of a fleet, for admins: they ask the controller whose state is in the data directory. */
export function addBoardCommands(bramble: Command, defaultDataDir: string): void {
  const asking = (command: Command): Command =>
    command.option('--data-dir <path>', 'state of the controller to ask', defaultDataDir);
  asking(bramble.command('boards').description('the boards of the fleet, and how they are')).action(
    async (options: AskOptions) => {
      const { listBoards } = await import('./commands/boards.ts');
      console.log(await listBoards(await targetIn(options), Date.now()));
    },
  );
  const board = bramble.command('board').description('one board of the fleet');
  asking(
    board.command('remove <name>').description('its certificate stops working, its name is free'),
  ).action(async (name: string, options: AskOptions) => {
    const { removeBoard } = await import('./commands/boards.ts');
    console.log(await removeBoard(await targetIn(options), name));
  });
  addTokenCommands(bramble.command('token').description('tokens with which boards join'), asking);
  addUnclaimedCommands(
    bramble
      .command('unclaimed')
      .description('pods that boards run for another store, such as one that was lost'),
    asking,
  );
}

type Asking = (command: Command) => Command;

function addTokenCommands(token: Command, asking: Asking): void {
  asking(
    token
      .command('create')
      .description('print a token with which boards can join')
      .option('--uses <count>', 'how many boards', '1')
      .option('--expires <duration>', 'for how long: 90s, 15m, 12h, 30d, 4w', '1h')
      .option('--labels <labels>', 'labels of each board that joins with it, such as site=barn', ''),
  ).action(async (options: AskOptions & { uses: string; expires: string; labels: string }) => {
    const { createToken } = await import('./commands/tokens.ts');
    console.log(await createToken(await targetIn(options), options));
  });
  asking(token.command('list').description('tokens that are still good, without their secrets')).action(
    async (options: AskOptions) => {
      const { listTokens } = await import('./commands/tokens.ts');
      console.log(await listTokens(await targetIn(options), Date.now()));
    },
  );
  asking(token.command('revoke <id>').description('nobody joins with it any more')).action(
    async (id: string, options: AskOptions) => {
      const { revokeToken } = await import('./commands/tokens.ts');
      console.log(await revokeToken(await targetIn(options), id));
    },
  );
}

function addUnclaimedCommands(unclaimed: Command, asking: Asking): void {
  asking(unclaimed.command('list').description('such pods, and where they run')).action(
    async (options: AskOptions) => {
      const { listUnclaimed } = await import('./commands/unclaimed.ts');
      console.log(await listUnclaimed(await targetIn(options)));
    },
  );
  asking(
    unclaimed
      .command('claim <pod>')
      .description('take one (uid, namespace/name, or all) into this store; it goes on without a restart')
      .option('--give-secrets', 'also where it names Secrets of this store'),
  ).action(async (pod: string, options: AskOptions & { giveSecrets?: boolean }) => {
    const { claim } = await import('./commands/unclaimed.ts');
    console.log(await claim(await targetIn(options), pod, options.giveSecrets === true));
  });
  asking(unclaimed.command('release <pod>').description('let its board end it, with its grace')).action(
    async (pod: string, options: AskOptions) => {
      const { release } = await import('./commands/unclaimed.ts');
      console.log(await release(await targetIn(options), pod));
    },
  );
}

async function targetIn({ dataDir }: AskOptions): Promise<Target> {
  const { targetOf } = await import('./client.ts');
  return targetOf(dataDir);
}
