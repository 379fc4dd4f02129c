import { instead, type PatchMutation } from './mutation.ts';

const obeysAnyStarts = instead(
  'agent/pods/manager-orders.ts',
  'if (!answersThis(manifest, ports)) return done();',
  '',
);

/** Faults that the product once had, found by this simulation: put back one at a time, they are found again. */
export const foundAgain: readonly PatchMutation[] = [
  {
    name: 'a board’s own reports cause new manifests, and so writes to its card',
    breaks: 'G9',
    patches: [
      instead(
        'protocol/digest.ts',
        "spec: object['spec'] };",
        "spec: object['spec'], status: object['status'] };",
      ),
    ],
  },
  {
    name: 'tidying up, slow as it is, takes the networks and volumes of pods that arrive meanwhile',
    breaks: 'G6',
    faults: ['agent-kill', 'agent-kill-at-step'],
    patches: [instead('agent/pods/manager-runtime.ts', 'if (!isStray(uid)) continue;', '')],
  },
  {
    name: 'a birth that the controller missed is not asked for again',
    breaks: 'G6',
    faults: ['births-unkept'],
    patches: [
      instead(
        'agent/link/incoming.ts',
        "session.alive) ctx.setTimer('birth'",
        "session.alive && false) ctx.setTimer('birth'",
      ),
    ],
  },
  {
    name: 'a pod that had no board when a copy was taken keeps its uid when that is restored',
    breaks: 'G3',
    faults: ['old-copy'],
    work: ['create-pod', 'delete-pod', 'cordon', 'drain'],
    patches: [
      instead(
        'controller/store/backup/restored-form.ts',
        'if (!key.startsWith(podPrefix) || spec?.nodeName) return stored;',
        'return stored;',
      ),
    ],
  },
  {
    name: 'a container that crashed waits until a clock that was put back has been caught up with',
    breaks: 'G6',
    faults: ['clock-jump'],
    work: ['create-job'],
    patches: [
      instead(
        'agent/pods/plan-container.ts',
        '(seenMs ?? monotonicMs) + delayMs - monotonicMs',
        'delayMs + 0 * (seenMs ?? monotonicMs)',
      ),
    ],
  },
  {
    name: 'an agent that starts anew says that its pods have no address',
    breaks: 'G5',
    faults: ['agent-kill', 'agent-kill-at-step'],
    patches: [
      instead('agent/pods/status.ts', 'networkPath !== undefined || runs', 'networkPath !== undefined'),
    ],
  },
  {
    name: 'a machine that is not the one that joined is believed',
    breaks: 'G7',
    faults: ['cloned-board'],
    patches: [
      instead(
        'controller/fleet/claims.ts',
        'if (isStranger(claims, birth.machine.marks)) return refused(claims, start, retained);',
        '',
      ),
    ],
  },
  {
    name: 'a Job waits until a clock that is ahead has been caught up with',
    breaks: 'G6',
    faults: ['clock-jump'],
    work: ['create-job'],
    patches: [
      instead('controller/reconcilers/job/ages.ts', 'return Math.max(ageMs, ', 'return Math.min(ageMs, '),
    ],
  },
  {
    name: 'the last manifest of a store that another one has replaced is obeyed again',
    breaks: 'G5',
    faults: ['forging-broker', 'old-copy'],
    patches: [instead('agent/pods/ledger.ts', 'if (isManifest && isSame(fence, term)', 'if (false')],
  },
  {
    name: 'an agent takes for its own what its controller tells another start',
    breaks: 'G6',
    faults: ['cloned-board'],
    patches: [obeysAnyStarts],
  },
  {
    name: 'an agent obeys what answered an earlier start, though its journal was lost',
    breaks: 'G5',
    faults: ['journal-damage', 'forging-broker'],
    work: ['create-pod', 'scale', 'create-workload'],
    patches: [obeysAnyStarts],
  },
  {
    name: 'a pod that a manifest in a damaged journal has left out is started once more',
    breaks: 'G5',
    faults: ['journal-damage'],
    work: ['create-pod', 'replace-pod'],
    patches: [instead('agent/pods/ledger-ends.ts', 'if (terminate || !namedBy ||', 'if (true ||')],
  },
];
