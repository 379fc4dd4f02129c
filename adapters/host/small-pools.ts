/** Of which small buffers are cut; 64 KiB in this Node. */
const poolBytes = 1_024;

/**
 * Node cuts small buffers from pools, and a pool stays while anything cut from it does. The MQTT codec keeps four bytes
 * for each length that any packet ever had, up to 16,383: each of these would keep a whole pool of 64 KiB, which is a
 * gigabyte in time, and was 11 MiB of an agent after half an hour. It holds for the thread that calls it, from the next pool on.
 */
export function keepPoolsSmall(): void {
  Buffer.poolSize = poolBytes;
}
