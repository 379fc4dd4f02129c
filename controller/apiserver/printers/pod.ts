import type { KubeObject } from '@bramble/protocol/kube.ts';
import { type JsonObject, listAt } from '@bramble/protocol/schema/json.ts';
import { age, duration } from './age.ts';
import { summarizePod } from './pod-status.ts';
import {
  ageColumn,
  column,
  conditionOf,
  nameColumn,
  type Printer,
  specOf,
  statusOf,
  textOf,
} from './printer.ts';

export const podPrinter: Printer = {
  columns: [
    nameColumn,
    column('Ready', 'Containers that are ready for traffic, of all.'),
    column('Status', 'What the containers of this pod are doing, taken together.'),
    column('Restarts', 'How often containers of this pod were restarted, and when last.'),
    ageColumn,
    column('IP', 'The address of the pod.', { priority: 1 }),
    column('Node', 'The node that the pod was bound to.', { priority: 1 }),
    column('Nominated Node', 'The node that the pod will go to when it has room.', { priority: 1 }),
    column('Readiness Gates', 'Conditions that must hold beside the containers’ own.', { priority: 1 }),
  ],
  cells: (pod, nowMs) => {
    const { ready, total, reason, restarts, lastRestartMs } = summarizePod(pod);
    const ago =
      restarts > 0 && lastRestartMs !== undefined ? ` (${duration(nowMs - lastRestartMs)} ago)` : '';
    const [first] = listAt(statusOf(pod), 'podIPs') as readonly JsonObject[];
    return [
      pod.metadata.name,
      `${ready}/${total}`,
      reason,
      `${restarts}${ago}`,
      age(pod.metadata.creationTimestamp, nowMs),
      textOf(first?.['ip'], '<none>'),
      textOf(specOf(pod)['nodeName'], '<none>'),
      textOf(statusOf(pod)['nominatedNodeName'], '<none>'),
      readinessGates(pod),
    ];
  },
  conditions: (pod) => {
    const { phase } = statusOf(pod);
    const completed = { type: 'Completed', status: 'True' } as const;
    if (phase === 'Succeeded') {
      return [{ ...completed, reason: 'Succeeded', message: 'The pod has completed successfully.' }];
    }
    return phase === 'Failed' ? [{ ...completed, reason: 'Failed', message: 'The pod failed.' }] : [];
  },
};

function readinessGates(pod: KubeObject): string {
  const gates = listAt(specOf(pod), 'readinessGates') as readonly JsonObject[];
  if (gates.length === 0) return '<none>';
  const open = gates.filter((gate) => conditionOf(pod, String(gate['conditionType']))?.['status'] === 'True');
  return `${open.length}/${gates.length}`;
}
