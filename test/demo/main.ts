import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Narrator, secondsSince } from './narrator.ts';
import { type Ending, play } from './play.ts';

// `npm run demo` shows what Bramble does with a fleet of three boards on this machine, and removes everything afterwards.

const usage = `usage: npm run demo [-- --keep]
Shows a fleet of three boards on this machine, in under a minute, and removes everything it made.
  --keep    keeps what controller and boards printed, in a folder that is named at the end`;

const exitCodes: Readonly<Record<Ending, number>> = { shown: 0, failed: 1, interrupted: 130 };

async function main(): Promise<number> {
  const wishes = readWishes();
  if (typeof wishes === 'string') return refuse(wishes);
  if (process.getuid?.() !== 0)
    return refuse(
      'The demonstration makes network namespaces and containers, which needs root: npm run demo',
    );
  const interruption = new AbortController();
  // Never `once`: a second Ctrl-C must not end us in the middle of the cleaning.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interruption.abort());
  const narrator = new Narrator((text) => process.stdout.write(text), coloursWanted());
  const startedMs = performance.now();
  open(narrator);
  const logs = wishes.keep ? join(tmpdir(), `bramble-demo-${process.pid}`) : undefined;
  const ending = await play({ narrator, signal: interruption.signal, logs });
  close(narrator, ending, secondsSince(startedMs), logs);
  return exitCodes[ending];
}

function readWishes(): { readonly keep: boolean } | string {
  try {
    const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
    return values;
  } catch (error) {
    return `${(error as Error).message}\n${usage}`;
  }
}

function refuse(why: string): number {
  process.stderr.write(`${why}\n`);
  return 1;
}

function coloursWanted(): boolean {
  return process.stdout.isTTY === true && !process.env['NO_COLOR'];
}

function open(narrator: Narrator): void {
  narrator.title('Bramble: a fleet of three boards, in under a minute');
  narrator.say(
    'As root, this starts a controller and three boards on this machine. Each board is a set of Linux namespaces with a network, host name, processes and podman of its own. They are separate from a Bramble that runs here and from your containers. Nothing stays: all of it is removed at the end, and on Ctrl-C.',
  );
}

function close(narrator: Narrator, ending: Ending, took: string, logs: string | undefined): void {
  const words = {
    shown: `That was all, in ${took}.`,
    failed: `The demonstration failed, after ${took}.`,
    interrupted: `Stopped by Ctrl-C, after ${took}.`,
  };
  narrator.title(words[ending]);
  if (logs !== undefined) narrator.say(`What controller and boards printed is kept in ${logs}.`);
  else if (ending === 'failed')
    narrator.say('With --keep it keeps what controller and boards print: npm run demo -- --keep');
}

process.exitCode = await main();
