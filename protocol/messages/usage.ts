import { z } from 'zod';
import { limits } from '../limits.ts';

/** What one container uses now. */
export const containerUsage = z.object({
  uid: z.string().max(64).describe('of its pod'),
  container: z.string().max(63),
  cpuNanocores: z.number().int().min(0).describe('billionths of one processor, over the window'),
  memoryBytes: z.number().int().min(0).describe('the working set: without what the kernel may drop at once'),
  windowMs: z.number().int().min(0).describe('time between the two readings of the processor'),
});
export type ContainerUsage = z.infer<typeof containerUsage>;

/** All that a stream of type `usage` says. */
export const boardUsage = z.object({ containers: z.array(containerUsage).max(limits.usageContainers) });
export type BoardUsage = z.infer<typeof boardUsage>;
