import packets from 'mqtt-packet';

/**
 * The codec would make a buffer for each of the 65,536 message ids with the first packet: 15 MB, a third of what the
 * whole broker takes. Made when they are needed, they cost two bytes of a pool each.
 */
export function makeNoTableOfIds(): void {
  packets.writeToStream.cacheNumbers = false;
}
