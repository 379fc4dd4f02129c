import { limits } from '../limits.ts';
import { described, listUpTo, textUpTo, wholeFrom } from '../shapes.ts';
import * as z from '../zod.ts';

/** What one container uses now. */
export const containerUsage = z.object({
  uid: described(textUpTo(64), 'of its pod'),
  container: textUpTo(63),
  cpuNanocores: described(wholeFrom(0), 'billionths of one processor, over the window'),
  memoryBytes: described(wholeFrom(0), 'the working set: without what the kernel may drop at once'),
  windowMs: described(wholeFrom(0), 'time between the two readings of the processor'),
});
export type ContainerUsage = z.infer<typeof containerUsage>;

/** All that a stream of type `usage` says. */
export const boardUsage = z.object({ containers: listUpTo(limits.usageContainers, containerUsage) });
export type BoardUsage = z.infer<typeof boardUsage>;
