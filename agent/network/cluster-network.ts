import type { Actor } from '@bramble/actors/index.ts';
import { networkFilter } from '@bramble/protocol/topics.ts';
import { applied, apply, applyFailed, applySoon } from './cluster-apply.ts';
import { dnsFailed, dnsListens, listenForDns, updateZone } from './cluster-dns.ts';
import { look, looked, lookFailed } from './cluster-look.ts';
import { save, saved, saveFailed, saveSoon } from './cluster-save.ts';
import {
  type ClusterContext,
  type ClusterNetworkConfig,
  type ClusterNetworkPorts,
  type ClusterState,
  newClusterState,
} from './cluster-state.ts';
import { sameContent, withFact } from './facts.ts';
import type { NetworkMessage } from './messages.ts';

/**
 * What the boards of a group share: ways to each other's pods, Services, names. It is known from the last time before
 * the link is dialled, and goes on working without one.
 */
export function clusterNetwork(
  ports: ClusterNetworkPorts,
  config: ClusterNetworkConfig,
): Actor<ClusterState, NetworkMessage> {
  return {
    inbox: { capacity: 20_000 },
    start(ctx) {
      const state = newClusterState(ports);
      updateZone(ports, state);
      look(ports, config, state, ctx);
      listenForDns(ports, state, ctx);
      return state;
    },
    receive(state, message, ctx) {
      handle(ports, config, state, message, ctx);
      return state;
    },
    stopped: () => ports.dns.close(),
  };
}

function handle(
  ports: ClusterNetworkPorts,
  config: ClusterNetworkConfig,
  state: ClusterState,
  message: NetworkMessage,
  ctx: ClusterContext,
): void {
  switch (message.type) {
    case 'attach-link':
      state.link = message.link;
      return listen(state);
    case 'fact':
      return takeFact(ports, state, message, ctx);
    case 'prepared':
      listenForDns(ports, state, ctx);
      return applySoon(state, ctx);
    case 'apply':
      return apply(ports, config, state, ctx);
    case 'applied':
      return applied(state, message.applied, ctx);
    case 'apply-failed':
      return applyFailed(state, message.error, ctx);
    case 'look':
      return look(ports, config, state, ctx);
    case 'looked':
      return looked(config, state, message.seen, ctx);
    case 'look-failed':
      return lookFailed(state, message.error, ctx);
    case 'save':
      return save(ports, state, ctx);
    case 'saved':
      return saved(state, ctx);
    case 'save-failed':
      return saveFailed(state, message.error, ctx);
    case 'dns-listens':
      return dnsListens(state, message.address, message.port, ctx);
    case 'dns-failed':
      return dnsFailed(state, message.error, ctx);
    case 'dns-retry':
      return listenForDns(ports, state, ctx);
  }
}

function takeFact(
  ports: ClusterNetworkPorts,
  state: ClusterState,
  { topic, fact }: Extract<NetworkMessage, { type: 'fact' }>,
  ctx: ClusterContext,
): void {
  const before = state.facts;
  state.facts = withFact(before, topic, fact);
  if (state.facts === before) return;
  if (state.facts.membership?.group !== before.membership?.group) listen(state);
  if (sameContent(before, state.facts)) return;
  updateZone(ports, state);
  applySoon(state, ctx);
  saveSoon(state, ctx);
}

/** The group's own topics: which group, the board hears on a topic of its own. */
function listen({ link, facts }: ClusterState): void {
  const group = facts.membership?.group;
  link?.send({ type: 'listen', filters: group === undefined ? [] : [networkFilter(group)] });
}
