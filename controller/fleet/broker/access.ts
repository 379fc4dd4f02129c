import { limits } from '@bramble/protocol/limits.ts';
import { defaultNetworkGroup } from '@bramble/protocol/network-group.ts';
import { agentFilters, networkFilter, root, topics } from '@bramble/protocol/topics.ts';
import { covers, isFilter, isTopic } from './filters.ts';

/** Who is at the other end of a connection, proved by certificate or token. */
export type Identity =
  | { readonly type: 'controller' }
  /** `group`: the boards that it shares a network with. */
  | { readonly type: 'node'; readonly node: string; readonly group?: string }
  | { readonly type: 'user'; readonly name: string; readonly role: 'admin' | 'edit' | 'view' };

/**
 * Topic filters that an identity may use; what no filter covers is forbidden. Made when they are asked for: of thousands of
 * boards they would be ten megabytes.
 */
export interface Access {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Where a message may be left for later subscribers. */
  readonly retain: readonly string[];
}

/** Ours are at most six levels deep; some room for later versions. */
const topicLevels = 12;

/** The rules of ARCHITECTURE §5 (guarantee G7). */
export function accessOf(identity: Identity): Access {
  if (identity.type === 'node') return nodeAccess(identity.node, identity.group);
  if (identity.type === 'user') return userAccess(identity.name);
  const all = [`${root}/#`];
  return { publish: all, subscribe: all, retain: all };
}

export function mayPublish(access: Access, topic: string): boolean {
  return isTopic(topic, limits.topicBytes, topicLevels) && coveredBy(access.publish, topic);
}

export function mayRetain(access: Access, topic: string): boolean {
  return mayPublish(access, topic) && coveredBy(access.retain, topic);
}

/** A filter with wildcards must be covered as a whole: what it would match beyond that is not filtered out later. */
export function maySubscribe(access: Access, filter: string): boolean {
  return isFilter(filter, limits.topicBytes, topicLevels) && coveredBy(access.subscribe, filter);
}

/** The same text for the same identity, and for no other. */
export function identityKey(identity: Identity): string {
  if (identity.type === 'node') return `node ${identity.node}`;
  return identity.type === 'user' ? `user ${identity.name}` : 'controller';
}

function nodeAccess(node: string, group: string = defaultNetworkGroup): Access {
  return {
    get publish() {
      const streams = topics.streamOut(node, '+');
      return [topics.nodeSession(node), topics.metrics(node), topics.status(node, '+'), streams];
    },
    get subscribe() {
      return [...agentFilters(node), networkFilter(group)];
    },
    get retain() {
      return [topics.nodeSession(node)];
    },
  };
}

/** Any user may ask, whatever the role: the API server refuses in words, which MQTT 3.1.1 cannot. */
function userAccess(name: string): Access {
  return {
    get publish() {
      return [topics.apply(name, '+'), topics.delete(name, '+'), topics.get(name, '+')];
    },
    get subscribe() {
      const boards = [topics.nodeSession('+'), topics.metrics('+')];
      return [topics.results(name, '#'), `${root}/fleet/#`, topics.controllerSession(), ...boards];
    },
    retain: [],
  };
}

function coveredBy(allowed: readonly string[], filter: string): boolean {
  return allowed.some((wide) => covers(wide, filter));
}
