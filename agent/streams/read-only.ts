import type { StreamEnd } from '@bramble/protocol/messages/streams.ts';
import type { ContainerSession } from '../runtime/port.ts';

/** What only speaks, and takes no input. */
export function readOnly(output: ContainerSession['output']): ContainerSession {
  return {
    output,
    write: async () => {},
    endInput() {},
    resize: async () => {},
    result: async (): Promise<StreamEnd> => ({}),
    close() {},
  };
}
