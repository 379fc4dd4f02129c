import type { Actor, Supervision } from '@bramble/actors/index.ts';
import { finish } from './ledger.ts';
import { withEndsBegun } from './ledger-ends.ts';
import { ledgerOf, withoutManifest } from './ledger-records.ts';
import { applied, flush, writeFailed } from './manager-disk.ts';
import { addressesFound, addressesHidden, findAddresses, noteSeen } from './manager-found.ts';
import { answerHoldings, attachLink, findContainer, tellReady } from './manager-link.ts';
import type { PodsMessage } from './manager-messages.ts';
import { networkFailed, networkPrepared, prepareNetwork } from './manager-network.ts';
import { takeNote, tellNotes } from './manager-notes.ts';
import { stillMissing, takeAcks, takeManifest, takeObject } from './manager-orders.ts';
import { forgetEnded, takeReport } from './manager-reports.ts';
import { findRunning } from './manager-running.ts';
import { eventsLost, listContainers, listed, listFailed, openEvents, routeEvent } from './manager-runtime.ts';
import { type ManagerContext, type ManagerState, newManagerState, type PodsPorts } from './manager-state.ts';
import { tellWorkers, workerStarted } from './manager-workers.ts';

/** One pod whose worker cannot live must not take the others with it: it is tried again, ever more rarely. */
const supervision: Supervision = {
  strategy: 'one-for-one',
  budget: { restarts: 1_000, withinMs: 60_000 },
  backoff: { firstMs: 100, maxMs: 60_000 },
};

/**
 * All pods of the board. What is ordered is decided upon in memory, written to the journal, and only then acted
 * upon, by one worker a pod. Journaled pods start with no order at all.
 */
export function podsManager(ports: PodsPorts): Actor<ManagerState, PodsMessage> {
  return {
    supervision,
    inbox: {
      capacity: 10_000,
      conflate: (message) => (message.type === 'report' ? `report ${message.uid}` : undefined),
    },
    start(ctx) {
      const { ledger, unreadable } = ledgerOf(ports.journal.records);
      if (unreadable.length > 0)
        ctx.log('error', 'journal records are not understood and left alone', { unreadable });
      const state = newManagerState(ports, ledger);
      const asRead = state.wanted;
      state.wanted = withEndsBegun(state.wanted, ctx.host.now());
      if (ports.journal.damaged) state.wanted = withoutManifest(state.wanted);
      if (state.wanted !== asRead) flush(state, ports, ctx);
      openEvents(state, ports, ctx);
      listContainers(state, ports, ctx);
      findAddresses(state, ports, ctx);
      prepareNetwork(state, ports, ctx);
      return state;
    },
    receive(state, message, ctx) {
      handle(state, message, ports, ctx);
      return state;
    },
    stopped: (state) => state.closeEvents?.(),
  };
}

function handle(state: ManagerState, message: PodsMessage, ports: PodsPorts, ctx: ManagerContext): void {
  switch (message.type) {
    case 'manifest':
      takeManifest(state, message.manifest, message.done, ports, ctx);
      return flush(state, ports, ctx);
    case 'object':
      takeObject(state, message.key, message.order, message.bytes, message.done, ports, ctx);
      return flush(state, ports, ctx);
    case 'acks':
      takeAcks(state, message.acks, ports, ctx);
      return flush(state, ports, ctx);
    case 'finished':
      state.wanted = finish(state.wanted, message.uid, message.status);
      return flush(state, ports, ctx);
    case 'written':
      state.writing = false;
      state.failures.delete('write');
      applied(state, message.ledger, message.done, ports, ctx);
      return flush(state, ports, ctx);
    case 'write-failed':
      return writeFailed(state, message.error, message.done, ctx);
    case 'flush':
      state.diskBlocked = false;
      return flush(state, ports, ctx);
    case 'report':
      noteSeen(state, message, ports, ctx);
      return takeReport(state, message, ports, ctx);
    case 'note':
      return takeNote(state, message, ctx);
    case 'tell-notes':
      return tellNotes(state, ctx);
    case 'ended-unclaimed':
      forgetEnded(state, message.uid, ports, ctx);
      return flush(state, ports, ctx);
    case 'worker-started':
      return workerStarted(state, message.uid);
    case 'still-missing':
      return stillMissing(state, ctx);
    default:
      return handleBoard(state, message, ports, ctx);
  }
}

function handleBoard(state: ManagerState, message: PodsMessage, ports: PodsPorts, ctx: ManagerContext): void {
  switch (message.type) {
    case 'attach-link':
      return attachLink(state, message.link, ports);
    case 'holdings':
      return answerHoldings(state, message.replyTo, ports);
    case 'find-container':
      return findContainer(state, message);
    case 'find-running':
      return findRunning(state, message.replyTo, ctx);
    case 'list':
      return listContainers(state, ports, ctx);
    case 'listed':
      listed(state, message.containers, ports, ctx);
      return started(state, ports, ctx);
    case 'list-failed':
      listFailed(state, message.error, ctx);
      // The board shows itself also when its runtime is broken: somebody has to see that.
      return tellReady(state);
    case 'find-addresses':
      return findAddresses(state, ports, ctx);
    case 'addresses-found':
      addressesFound(state, message.addresses, ports, ctx);
      return started(state, ports, ctx);
    case 'addresses-hidden':
      addressesHidden(state, message.error, ctx);
      return tellReady(state);
    case 'runtime-event':
      return routeEvent(state, message.event);
    case 'events-lost':
      return eventsLost(state, message.reason, ctx);
    case 'open-events':
      openEvents(state, ports, ctx);
      return listContainers(state, ports, ctx);
    case 'prepare-network':
      return prepareNetwork(state, ports, ctx);
    case 'network-prepared':
      networkPrepared(state, message.podCIDRs, ports, ctx);
      return started(state, ports, ctx);
    case 'network-failed':
      networkFailed(state, message.error, ctx);
      return started(state, ports, ctx);
    case 'tidied':
      if (message.removed === 0) return;
      ctx.log('info', 'removed what dead pods had left', { count: message.removed });
      // Their addresses are free again.
      return findAddresses(state, ports, ctx);
    case 'tidy-failed':
      // With the next full look.
      state.untidy = true;
      return ctx.log('warn', 'what dead pods may have left was not removed', { error: message.error });
    default:
      return;
  }
}

function started(state: ManagerState, ports: PodsPorts, ctx: ManagerContext): void {
  tellWorkers(state, ports, ctx);
  if (state.listed && state.wanted.found && !state.preparing) tellReady(state);
}
