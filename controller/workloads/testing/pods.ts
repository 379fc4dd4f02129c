import type { PodObject } from '../objects.ts';

/** What a test says of a pod; the rest is as plain as can be. */
export interface PodIs {
  readonly phase?: string;
  readonly node?: string;
  readonly ready?: boolean;
  /** When it became ready. */
  readonly since?: string;
  readonly deleting?: boolean;
  readonly created?: string;
  readonly restarts?: number;
  readonly metadata?: object;
  readonly spec?: object;
}

export function podThat(name: string, is: PodIs = {}): PodObject {
  const { phase = 'Running', ready = false, since, created = '2026-01-01T00:00:00Z' } = is;
  const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: since ?? created };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: created,
      labels: { app: 'web' },
      ...(is.deleting && { deletionTimestamp: created, deletionGracePeriodSeconds: 30 }),
      ...is.metadata,
    },
    spec: { containers: [], ...(is.node && { nodeName: is.node }), ...is.spec },
    status: {
      phase,
      conditions: [condition],
      ...(is.restarts && {
        containerStatuses: [{ name: 'main', image: '', imageID: '', ready, restartCount: is.restarts }],
      }),
    },
  };
}
