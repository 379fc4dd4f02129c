import type { LinkEvent } from '@bramble/adapters/mqtt/port.ts';

const mostMessages = 256;
const mostBytes = 1_048_576;

/**
 * Lets the connection read on while so much waits for its turn, and no more. Were each message read in the turn of the one
 * before, there would be one in each round of the process: fifty a second while a flood makes each round long, and all
 * boards and users behind it (guarantee G8).
 */
export function readAhead(tell: (event: LinkEvent) => void): (event: LinkEvent) => void {
  let messages = 0;
  let bytes = 0;
  return (event) => {
    if (event.type !== 'message') return tell(event);
    const { length } = event.payload;
    messages += 1;
    bytes += length;
    const isAhead = messages <= mostMessages && bytes <= mostBytes;
    const done = (): void => {
      messages -= 1;
      bytes -= length;
      if (!isAhead) event.done();
    };
    tell({ ...event, done });
    if (isAhead) event.done();
  };
}
