import { resolve } from 'node:path';
import { parseFlags } from '@bramble/adapters/host/flags.ts';
import { lockHolder } from '@bramble/adapters/host/lock-holder.ts';
import { end } from '@bramble/adapters/host/process.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import * as z from '@bramble/protocol/zod.ts';
import { holderOf } from '../lock/agent-lock.ts';
import { performReset } from './perform.ts';
import { describe, isEmpty, planReset } from './plan.ts';

// `bramble reset` runs this as a process of its own: with --plan it only tells, line by line, what would be removed.

const settings = z.object({
  'data-dir': z.pipe(
    z.string(),
    z.transform((path) => resolve(path)),
  ),
  'keep-store': z.boolean(),
  plan: z.boolean(),
  bridge: z.optional(z.string()),
});

async function main(): Promise<void> {
  const options = parseFlags(
    settings,
    {
      'data-dir': { type: 'string' },
      'keep-store': { type: 'boolean', default: false },
      plan: { type: 'boolean', default: false },
      bridge: { type: 'string' },
    },
    process.argv.slice(2),
  );
  const dataDir = options['data-dir'];
  await assertStopped(dataDir);
  const plan = await planReset({ dataDir, keepStore: options['keep-store'], bridge: options.bridge });
  if (options.plan) return say(describe(plan));
  if (isEmpty(plan))
    return say([`There is nothing of Bramble’s in ${dataDir}, and nothing runs on its account.`]);
  const left = await performReset(plan);
  const kept = left.length > 0 ? ` ${dataDir} stays, with ${left.join(', ')}.` : '';
  say([`Removed: ${describe(plan).length} kinds of things, as listed.${kept}`]);
}

/** @throws BrambleError BRAMBLE_STILL_RUNNING */
async function assertStopped(dataDir: string): Promise<void> {
  const agent = await holderOf(`${dataDir}/agent/lock`);
  if (agent) throw running(dataDir, 'an agent', agent.pid);
  const controller = await lockHolder(`${dataDir}/controller/store/LOCK`);
  if (controller) throw running(dataDir, 'a controller', controller.pid);
}

function running(dataDir: string, what: string, pid: number): BrambleError {
  return new BrambleError('BRAMBLE_STILL_RUNNING', `${what} runs with ${dataDir}: process ${pid}`);
}

function say(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

await main().catch((error) => end('bramble', error));
