/** What may go wrong beside the network's own losses and delays, by where it goes wrong. */
export const kindsByLayer = {
  broker: [
    'broker-restart',
    'births-unkept',
    'link-cut',
    'controller-link-cut',
    'half-open-link',
    'slow-subscriber',
  ],
  store: ['store-disk-full', 'store-stall', 'old-copy', 'foreign-store'],
  runtime: ['slow-pulls', 'undying-containers', 'runtime-restart'],
  board: [
    'agent-kill',
    'agent-kill-at-step',
    'board-reboot',
    'cut-off-reboot',
    'journal-damage',
    'board-disk-full',
  ],
  machines: ['controller-kill', 'controller-kill-at-step', 'clock-jump'],
  strangers: ['rogue-board', 'forging-broker', 'cloned-board', 'flood'],
} as const;

export type Layer = keyof typeof kindsByLayer;
export type FaultOf<L extends Layer> = (typeof kindsByLayer)[L][number];
export type FaultKind = FaultOf<Layer>;

export const faultKinds: readonly FaultKind[] = Object.values(kindsByLayer).flat();
