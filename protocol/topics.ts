/** The topics of version 1 (ARCHITECTURE §5). Names in braces are one level each. */
export const root = 'bramble/v1';

export type Topic =
  | { readonly type: 'controller-session' }
  | { readonly type: 'node-session'; readonly node: string }
  | { readonly type: 'metrics'; readonly node: string }
  | { readonly type: 'manifest'; readonly node: string }
  | { readonly type: 'object'; readonly node: string; readonly kind: string; readonly uid: string }
  | { readonly type: 'status'; readonly node: string; readonly uid: string }
  | { readonly type: 'acks'; readonly node: string }
  | { readonly type: 'network-membership'; readonly node: string }
  | { readonly type: 'network-index'; readonly group: string }
  | { readonly type: 'network-boards'; readonly group: string }
  | {
      readonly type: 'network-service';
      readonly group: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly type: 'stream-in'; readonly node: string; readonly stream: string }
  | { readonly type: 'stream-out'; readonly node: string; readonly stream: string }
  | { readonly type: 'apply'; readonly user: string; readonly id: string }
  | { readonly type: 'delete'; readonly user: string; readonly id: string }
  | { readonly type: 'get'; readonly user: string; readonly id: string }
  | { readonly type: 'results'; readonly user: string; readonly id: string }
  | { readonly type: 'fleet-node'; readonly node: string }
  | { readonly type: 'fleet-pod'; readonly namespace: string; readonly name: string }
  | { readonly type: 'fleet-events'; readonly namespace: string };

export const topics = {
  controllerSession: () => `${root}/controller/session`,
  nodeSession: (node: string) => `${root}/nodes/${node}/session`,
  metrics: (node: string) => `${root}/nodes/${node}/metrics`,
  manifest: (node: string) => `${root}/nodes/${node}/manifest`,
  object: (node: string, kind: string, uid: string) => `${root}/nodes/${node}/objects/${kind}/${uid}`,
  status: (node: string, uid: string) => `${root}/nodes/${node}/status/${uid}`,
  acks: (node: string) => `${root}/nodes/${node}/acks`,
  networkMembership: (node: string) => `${root}/nodes/${node}/network`,
  networkIndex: (group: string) => `${root}/network/${group}/index`,
  networkBoards: (group: string) => `${root}/network/${group}/boards`,
  networkService: (group: string, namespace: string, name: string) =>
    `${root}/network/${group}/services/${namespace}/${name}`,
  streamIn: (node: string, stream: string) => `${root}/nodes/${node}/streams/${stream}/in`,
  streamOut: (node: string, stream: string) => `${root}/nodes/${node}/streams/${stream}/out`,
  apply: (user: string, id: string) => `${root}/apply/${user}/${id}`,
  delete: (user: string, id: string) => `${root}/delete/${user}/${id}`,
  get: (user: string, id: string) => `${root}/get/${user}/${id}`,
  results: (user: string, id: string) => `${root}/results/${user}/${id}`,
  fleetNode: (node: string) => `${root}/fleet/nodes/${node}`,
  fleetPod: (namespace: string, name: string) => `${root}/fleet/pods/${namespace}/${name}`,
  fleetEvents: (namespace: string) => `${root}/fleet/events/${namespace}`,
} as const;

/** What an agent subscribes to. */
export function agentFilters(node: string): string[] {
  const own = `${root}/nodes/${node}`;
  return [
    topics.controllerSession(),
    topics.nodeSession(node),
    `${own}/manifest`,
    `${own}/objects/+/+`,
    `${own}/acks`,
    topics.networkMembership(node),
    `${own}/streams/+/in`,
  ];
}

/** What an agent subscribes to when it knows its network group. */
export const networkFilter = (group: string): string => `${root}/network/${group}/#`;

/** What the controller subscribes to. */
export const controllerFilters: readonly string[] = [
  // Its own word, in the place of which the late will of an earlier connection may come.
  `${root}/controller/session`,
  `${root}/nodes/+/session`,
  `${root}/nodes/+/metrics`,
  `${root}/nodes/+/status/+`,
  `${root}/nodes/+/streams/+/out`,
  `${root}/apply/+/+`,
  `${root}/delete/+/+`,
  `${root}/get/+/+`,
  `${root}/fleet/#`,
  // Its own facts of an earlier time, to take back what is no longer true.
  `${root}/nodes/+/network`,
  `${root}/network/#`,
];

/** The parts of a topic name, or `undefined` when it is none of ours. Never throws. */
export function parseTopic(name: string): Topic | undefined {
  if (!name.startsWith(`${root}/`)) return undefined;
  const [area, a, b, c, d, ...rest] = name.slice(root.length + 1).split('/');
  if (rest.length > 0 || [area, a, b, c, d].some((level) => level === '')) return undefined;
  if (area === 'nodes' && a !== undefined) return parseNodeTopic(a, b, c, d);
  if (area === 'network') return parseNetworkTopic(a, b, c, d);
  if (d !== undefined) return undefined;
  if (area === 'controller' && a === 'session' && b === undefined) return { type: 'controller-session' };
  if (area === 'fleet') return parseFleetTopic(a, b, c);
  if (c !== undefined || a === undefined || b === undefined) return undefined;
  if (area === 'apply' || area === 'delete' || area === 'get' || area === 'results')
    return { type: area, user: a, id: b };
  return undefined;
}

function parseNodeTopic(node: string, b?: string, c?: string, d?: string): Topic | undefined {
  if (c === undefined) {
    if (b === 'session') return { type: 'node-session', node };
    if (b === 'network') return { type: 'network-membership', node };
    if (b === 'metrics' || b === 'manifest' || b === 'acks') return { type: b, node };
    return undefined;
  }
  if (b === 'status' && d === undefined) return { type: 'status', node, uid: c };
  if (b === 'objects' && d !== undefined) return { type: 'object', node, kind: c, uid: d };
  if (b === 'streams' && d === 'in') return { type: 'stream-in', node, stream: c };
  if (b === 'streams' && d === 'out') return { type: 'stream-out', node, stream: c };
  return undefined;
}

function parseNetworkTopic(group?: string, b?: string, c?: string, d?: string): Topic | undefined {
  if (group === undefined) return undefined;
  if (b === 'services' && c !== undefined && d !== undefined)
    return { type: 'network-service', group, namespace: c, name: d };
  if (c !== undefined) return undefined;
  if (b === 'index') return { type: 'network-index', group };
  return b === 'boards' ? { type: 'network-boards', group } : undefined;
}

function parseFleetTopic(a?: string, b?: string, c?: string): Topic | undefined {
  if (a === 'nodes' && b !== undefined && c === undefined) return { type: 'fleet-node', node: b };
  if (a === 'events' && b !== undefined && c === undefined) return { type: 'fleet-events', namespace: b };
  if (a === 'pods' && b !== undefined && c !== undefined) return { type: 'fleet-pod', namespace: b, name: c };
  return undefined;
}
