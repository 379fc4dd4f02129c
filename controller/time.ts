import type { Host } from '@bramble/actors/index.ts';

/** RFC 3339 in whole seconds: Kubernetes' metav1.Time. */
export function timestamp(host: Pick<Host, 'now'>): string {
  return `${new Date(host.now()).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 with microseconds: Kubernetes' metav1.MicroTime. */
export function microTimestamp(host: Pick<Host, 'now'>): string {
  return `${new Date(host.now()).toISOString().slice(0, 23)}000Z`;
}
