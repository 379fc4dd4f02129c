import type { PodNetwork } from './port.ts';

/** A pod network that tells when its bridge has been made, and remembers for which addresses. */
export interface NoticedNetwork extends PodNetwork {
  readonly podCIDRs: () => readonly string[];
}

export function noticed(network: PodNetwork, onPrepared: () => void): NoticedNetwork {
  let prepared: readonly string[] = [];
  return {
    podCIDRs: () => prepared,
    async prepare(podCIDRs) {
      await network.prepare(podCIDRs);
      prepared = podCIDRs;
      onPrepared();
    },
    attach: (pod) => network.attach(pod),
    detach: (uid) => network.detach(uid),
    list: () => network.list(),
    addressesOf: (uid) => network.addressesOf(uid),
  };
}
