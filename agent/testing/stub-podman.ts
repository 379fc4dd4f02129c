import type { PodmanClient } from '../runtime/podman/client.ts';
import { type PodmanParts, PodmanRuntime } from '../runtime/podman/runtime.ts';

const notAskedFor = () => Promise.reject(new Error('not asked for'));

/** A podman that answers calls as it is told, and nothing else. */
export const clientThat = (call: PodmanClient['call']): PodmanClient => ({
  call,
  open: notAskedFor,
  hijack: notAskedFor,
  close: () => undefined,
});

export function runtimeOn(client: PodmanClient, parts: Partial<PodmanParts> = {}): PodmanRuntime {
  return new PodmanRuntime({
    client,
    canLimitMemory: true,
    oom: { has: () => false, close: () => undefined },
    instance: 'test',
    disk: {
      containerMade: () => undefined,
      imageComes: (_image, bring) => bring(),
      close: () => undefined,
    },
    oci: { program: 'crun', directory: '/nowhere' },
    messages: '/nowhere',
    warn: () => undefined,
    close: () => Promise.resolve(),
    ...parts,
  });
}
