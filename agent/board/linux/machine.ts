import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '@bramble/adapters/host/run.ts';
import { decodeJsonText } from '@bramble/protocol/decode.ts';
import * as z from '@bramble/protocol/zod.ts';

const machine = z.object({
  distribution: z.string(),
  cores: z.int().check(z.positive()),
  memoryBytes: z.number().check(z.positive()),
  manufacturer: z.string(),
  model: z.string(),
  virtual: z.boolean(),
});

/** What the library for such facts knows of this machine. */
export type Machine = z.infer<typeof machine>;

const program = fileURLToPath(new URL('./machine-main.ts', import.meta.url));
/** A board that has just booted is busy. */
const timeoutMs = 60_000;

/** Asked of a process that ends again: what the library loads would stay in the agent's memory, 2 MB. @throws Error */
export async function readMachine(dataDir: string): Promise<Machine> {
  const env = { NODE_COMPILE_CACHE: join(dataDir, 'cache') };
  const { code, stdout, stderr } = await run(process.execPath, [program], { timeoutMs, env });
  const decoded = decodeJsonText(machine, stdout);
  if (code === 0 && decoded.ok) return decoded.value;
  throw new Error(`${program} does not tell what this machine is (exit code ${code}): ${stderr.trim()}`);
}
