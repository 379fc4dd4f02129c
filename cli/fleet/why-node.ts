import type { NodeObject } from './objects.ts';
import type { BoardFact, Explanation } from './why-pod.ts';

const lostTaints = [
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
  'node.kubernetes.io/unschedulable',
];

export function boardFact({ metadata, status }: NodeObject): BoardFact {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: metadata.name,
    ready: ready?.status === 'True',
    since: ready?.lastTransitionTime ?? 'an unknown time',
  };
}

export function explainNode(node: NodeObject): Explanation {
  const { name, ready, since } = boardFact(node);
  const condition = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready)
    return {
      verdict: `Board ${name} is not ready since ${since}.`,
      because: [condition?.message ?? condition?.reason ?? 'Its agent has not been heard of yet.'],
      next: [
        'Look at its power, its network, and `journalctl -u bramble-agent` on it.',
        'Its pods go on by themselves while it is only cut off.',
      ],
    };
  const pressed = (node.status?.conditions ?? []).filter(
    ({ type, status }) => type !== 'Ready' && status === 'True',
  );
  const taints = (node.spec?.taints ?? []).filter(({ key }) => !lostTaints.includes(key));
  const because = [
    ...(node.spec?.unschedulable ? ['It is cordoned: new pods do not come to it.'] : []),
    ...pressed.map(({ type, message }) => `${type}: ${message ?? 'no more is known'}`),
    ...taints.map(({ key, effect }) => `Only pods that tolerate ${key} come to it (${effect}).`),
  ];
  return {
    verdict: because.length === 0 ? `Board ${name} is well, since ${since}.` : `Board ${name} is ready, but:`,
    because,
    next: node.spec?.unschedulable ? [`kubectl uncordon ${name}`] : [],
  };
}
