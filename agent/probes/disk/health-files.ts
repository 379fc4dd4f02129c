import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from '@bramble/protocol/zod.ts';
import type { HealthMemory, PodHealth } from '../port.ts';

const stored = z.record(
  z.string(),
  z.object({
    started: z.boolean(),
    ready: z.boolean(),
    postStart: z.enum(['none', 'pending', 'done', 'failed']),
    // An agent before this one may not have written it.
    sinceMs: z._default(z.number(), 0),
  }),
);

/**
 * One small file a pod, in memory (the run directory), written when a container's health changes. It is written at once:
 * an agent that is killed right after it must find what it knew.
 */
export class HealthFiles implements HealthMemory {
  readonly #directory: string;
  readonly #known = new Map<string, PodHealth>();

  constructor(runDir: string) {
    this.#directory = join(runDir, 'health');
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    for (const file of readdirSync(this.#directory)) this.#load(file);
  }

  get(uid: string): PodHealth {
    return this.#known.get(uid) ?? {};
  }

  set(uid: string, health: PodHealth): void {
    const text = JSON.stringify(health);
    if (JSON.stringify(this.get(uid)) === text) return;
    const path = join(this.#directory, `${uid}.json`);
    if (Object.keys(health).length === 0) {
      this.#known.delete(uid);
      rmSync(path, { force: true });
      return;
    }
    this.#known.set(uid, health);
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }

  #load(file: string): void {
    const path = join(this.#directory, file);
    try {
      const health = stored.parse(JSON.parse(readFileSync(path, 'utf8')));
      if (file.endsWith('.json')) this.#known.set(file.slice(0, -'.json'.length), health);
    } catch {
      // Half written: such a container is not ready until its probe says so.
      rmSync(path, { force: true });
    }
  }
}
