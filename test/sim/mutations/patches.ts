import { instead, type PatchMutation } from './mutation.ts';
import { foundAgain } from './patches-found.ts';
import { jobMutations } from './patches-jobs.ts';

const filters = 'controller/scheduler/filters.ts';
const ledger = 'agent/pods/ledger.ts';
const fleetHealth = 'controller/reconcilers/node-lifecycle/fleet-health.ts';

/** Faults that no port can make: a line of the product is another one. Imports nothing of the product, which is loaded after it. */
export const patchMutations: readonly PatchMutation[] = [
  {
    name: 'a removal is obeyed under a foreign storeId',
    breaks: 'G5',
    faults: ['foreign-store'],
    patches: [
      instead(
        'agent/pods/ledger-settle.ts',
        'if (record.storeId !== storeId || record.terminate || !isAbsent(uid)) continue;',
        'if (record.terminate || !isAbsent(uid)) continue;',
      ),
    ],
  },
  {
    name: 'an agent ignores the revisions of manifests',
    breaks: 'G5',
    faults: ['forging-broker'],
    patches: [
      instead(ledger, 'fence.epoch === term.epoch && fence.sequence < term.sequence', 'fence.sequence < 0'),
    ],
  },
  {
    name: 'an agent obeys a term that is over',
    breaks: 'G5',
    faults: ['forging-broker', 'controller-kill'],
    patches: [instead(ledger, 'fence.epoch < term.epoch', 'fence.epoch < 0')],
  },
  {
    name: 'the tombstone of a pod is missing: its end is told once',
    breaks: 'G6',
    faults: ['link-cut', 'half-open-link', 'controller-kill'],
    patches: [
      instead(
        'agent/link/outbox.ts',
        'due.push(entry.report);',
        'due.push(entry.report);\n      if (entry.report.gone) this.#entries.delete(entry.report.uid);',
      ),
    ],
  },
  {
    name: 'a death counts whatever boot it names',
    breaks: 'G6',
    faults: ['agent-kill', 'half-open-link', 'link-cut'],
    patches: [
      instead(
        'controller/fleet/session.ts',
        'if (session.boot < boot',
        'if (session.alive && session.boot < boot',
      ),
    ],
  },
  {
    name: 'a report counts for whatever pod has the name now',
    breaks: 'G6',
    work: ['create-pod', 'replace-pod'],
    patches: [
      instead(
        'controller/fleet/session-reports.ts',
        '|| stored.object.metadata.uid !== entry.uid) return undefined;',
        ') return undefined;',
      ),
    ],
  },
  {
    name: 'a watch resumes from before what is remembered',
    breaks: 'G2',
    faults: ['controller-kill', 'controller-kill-at-step', 'store-stall'],
    patches: [
      instead('controller/store/event-window.ts', 'if (revision < this.#floor) return undefined;', ''),
    ],
  },
  {
    name: 'the scheduler does not count CPU',
    breaks: 'G4',
    patches: [
      instead(filters, 'pod.requests.cpuMilli === 0 || pod.requests.cpuMilli <= free', 'free > -1e9'),
    ],
  },
  {
    name: 'the scheduler uses boards that are cordoned',
    breaks: 'G6',
    work: ['create-pod', 'cordon', 'drain'],
    patches: [instead(filters, 'if (!board.facts.unschedulable) return undefined;', 'return undefined;')],
  },
  {
    name: 'the scheduler does not read what pods select',
    breaks: 'G6',
    patches: [instead(filters, 'matchesNodeSelector(pod.spec.nodeSelector, board.facts) &&', '')],
  },
  {
    name: 'a ReplicaSet removes nothing',
    breaks: 'G6',
    work: ['create-workload', 'scale', 'roll-out'],
    patches: [
      instead(
        'controller/reconcilers/replica-set/compute.ts',
        'remove: missing < 0 ?',
        'remove: missing < -1e9 ?',
      ),
    ],
  },
  {
    name: 'what is left of a workload is not taken away',
    breaks: 'G6',
    work: ['create-workload', 'delete-workload'],
    patches: [
      instead(
        'controller/reconcilers/garbage/compute.ts',
        'return isDeleting(object) ? [] : judgeOwners(object, facts);',
        'return [];',
      ),
    ],
  },
  {
    name: 'the controller’s own silence is taken for its boards’ death',
    breaks: 'G6',
    faults: ['controller-link-cut'],
    patches: [
      instead(
        'controller/fleet/session.ts',
        "if (!up) return ctx.cancelTimer('silent');",
        'if (!up) return;',
      ),
      instead(
        'controller/fleet/session.ts',
        "if (state.linkUp) ctx.setTimer('silent', patienceMs,",
        "ctx.setTimer('silent', silenceMs(state.keepaliveSeconds),",
      ),
      instead('controller/supervision.ts', 'since: () => refs.linkUpSinceMs', 'since: () => -1e9'),
      instead(fleetHealth, 'return lost > 0 && lost > heardOf * unhealthyShare;', 'return false;'),
    ],
  },
  {
    name: 'a queue has no bounds: every report is kept, and not only the newest',
    breaks: 'G8',
    patches: [
      instead(
        'agent/link/outbox.ts',
        'this.#entries.set(report.uid, {',
        'this.#entries.set(String([report.uid, report.sequence]), {',
      ),
    ],
  },
  ...jobMutations,
  ...foundAgain,
];
