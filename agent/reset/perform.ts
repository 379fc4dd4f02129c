import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@bramble/adapters/host/run.ts';
import type { Monitor } from '../lock/monitors.ts';
import { podmanEnvironment } from '../runtime/podman/oci-runtime.ts';
import { podmanService } from '../runtime/podman/service.ts';
import { podmanPaths } from '../runtime/podman/settings.ts';
import type { ResetPlan } from './plan.ts';

const timeoutMs = 20_000;
const podmanTimeoutMs = 120_000;
/** Containers get this long to end by themselves. */
const graceSeconds = 10;

/** Removes all that a plan names. Answers with what is left in the data directory, which is not Bramble's. */
export async function performReset(plan: ResetPlan): Promise<string[]> {
  const { dataDir, runDir } = plan;
  await removeContainers(plan);
  await podmanService(podmanPaths(dataDir)).stop();
  for (const name of plan.namespaces) await attempt('ip', ['netns', 'del', name]);
  if (plan.bridge !== undefined) await removeBridge(plan.bridge);
  // Deepest first; what a process of somebody's still uses goes when that ends.
  for (const point of plan.mounts.toReversed()) await attempt('umount', ['--lazy', point]);
  for (const entry of plan.entries) await rm(join(dataDir, entry), { recursive: true, force: true });
  await rm(runDir, { recursive: true, force: true });
  const left = await readdir(dataDir).catch(() => []);
  if (left.length === 0 && existsSync(dataDir)) await rmdir(dataDir);
  return left;
}

/** By podman where it still knows them, so that they may end in order; whatever then still runs, by force. */
async function removeContainers({ dataDir, monitors, containers }: ResetPlan): Promise<void> {
  const paths = podmanPaths(dataDir);
  if (containers > 0 && existsSync(paths.containersConf))
    await run('podman', ['rm', '--all', '--force', '--time', `${graceSeconds}`], {
      timeoutMs: podmanTimeoutMs,
      env: podmanEnvironment(paths),
    }).catch(() => undefined);
  for (const monitor of monitors) if (existsSync(`/proc/${monitor.pid}`)) await endByForce(monitor);
}

/** The monitor first, so that it starts no clean-up by a podman whose files may be gone. */
async function endByForce({ pid, containerId, runtime }: Monitor): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
  await attempt(runtime, ['delete', '--force', containerId]);
}

/** The agent’s tables are named after its bridge. */
async function removeBridge(bridge: string): Promise<void> {
  await attempt('ip', ['link', 'del', 'dev', bridge]);
  const listed = await run('nft', ['list', 'tables'], { timeoutMs }).catch(() => undefined);
  for (const [, family = '', table = ''] of listed?.stdout.matchAll(/^table (\w+) (\S+)$/gm) ?? [])
    if (table === bridge || table.startsWith(`${bridge}-`))
      await attempt('nft', ['delete', 'table', family, table]);
}

/** What is gone already is no failure: resetting twice ends the same. */
async function attempt(program: string, args: readonly string[]): Promise<void> {
  await run(program, args, { timeoutMs }).catch(() => undefined);
}
