import type { ContainerView } from '../runtime/port.ts';

/** What a container's labels say: enough to find its pod again with no journal at all. */
export interface ContainerIdentity {
  readonly uid: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** An init container, also one that keeps running beside the others. */
  readonly init: boolean;
  /** 0 for the first; each restart makes a new container with the next number. */
  readonly attempt: number;
  /** Ends in a row that counted against the back-off when this attempt was made. */
  readonly failures: number;
  /** Digest of the container's part of the pod, as it was ordered. */
  readonly specDigest: string;
  /** The store that ordered the pod. */
  readonly storeId: string;
  /** The start of the machine in which it was made; empty for those of agents that did not note it. */
  readonly bootId: string;
}

const prefix = 'bramble.dev/';

export function containerName(identity: ContainerIdentity): string {
  const { container, pod, namespace, uid, attempt } = identity;
  return `bramble_${container}_${pod}_${namespace}_${uid}_${attempt}`;
}

export function labelsOf(identity: ContainerIdentity): Record<string, string> {
  return {
    [`${prefix}uid`]: identity.uid,
    [`${prefix}namespace`]: identity.namespace,
    [`${prefix}pod`]: identity.pod,
    [`${prefix}container`]: identity.container,
    [`${prefix}init`]: String(identity.init),
    [`${prefix}attempt`]: String(identity.attempt),
    [`${prefix}failures`]: String(identity.failures),
    [`${prefix}spec`]: identity.specDigest,
    [`${prefix}store`]: identity.storeId,
    [`${prefix}boot`]: identity.bootId,
  };
}

/** `undefined` for a container that is none of ours. */
export function identityOf(labels: Readonly<Record<string, string>>): ContainerIdentity | undefined {
  const text = (name: string): string => labels[`${prefix}${name}`] ?? '';
  const count = (name: string): number => Math.max(0, Number.parseInt(text(name), 10) || 0);
  if (text('uid') === '' || text('container') === '') return undefined;
  return {
    uid: text('uid'),
    namespace: text('namespace'),
    pod: text('pod'),
    container: text('container'),
    init: text('init') === 'true',
    attempt: count('attempt'),
    failures: count('failures'),
    specDigest: text('spec'),
    storeId: text('store'),
    bootId: text('boot'),
  };
}

/** The uid of the pod that a container belongs to. */
export function podUidOf(labels: Readonly<Record<string, string>>): string | undefined {
  return identityOf(labels)?.uid;
}

/** One container that was made for a container of the pod. */
export interface Attempt {
  readonly view: ContainerView;
  readonly identity: ContainerIdentity;
}

/** All attempts at one container of the pod, the newest first. */
export function attemptsOf(container: string, views: readonly ContainerView[]): Attempt[] {
  const found: Attempt[] = [];
  for (const view of views) {
    const identity = identityOf(view.labels);
    if (identity?.container === container) found.push({ view, identity });
  }
  return found.sort((a, b) => b.identity.attempt - a.identity.attempt || (a.view.id < b.view.id ? -1 : 1));
}
