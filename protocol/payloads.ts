import { fleetEvent, fleetNode, fleetPod } from './messages/fleet.ts';
import { networkBoards, networkIndex, networkMembership, networkService } from './messages/network.ts';
import { acks, manifest, objectOrder, podReport } from './messages/orders.ts';
import { readAnswer, readOrder } from './messages/reads.ts';
import { result } from './messages/results.ts';
import { controllerSession, metrics, nodeSession } from './messages/session.ts';
import { streamOpen } from './messages/streams.ts';
import type * as z from './zod.ts';

/** What travels on one kind of topic: the table that the reference and its JSON Schemas are made from. */
export interface Payload {
  /** Of its JSON Schema in `docs/reference/schemas`. */
  readonly name: string;
  /** Under `bramble/v1/`; names in braces are one level each. */
  readonly topic: string;
  readonly from: 'controller' | 'agent' | 'user';
  readonly to: 'controller' | 'agent' | 'user' | 'all';
  readonly qos: 0 | 1;
  /** `will`: retained, and told by the broker when its sender is gone. */
  readonly retained: boolean | 'will';
  /** `signed`: JSON follows a first line with the controller's signature. `documents`: YAML or JSON of Kubernetes' objects. */
  readonly form: 'json' | 'signed' | 'documents' | 'binary';
  /** Absent where the payload is no JSON of ours. */
  readonly schema?: z.ZodMiniType;
  readonly about: string;
}

const byUser = { from: 'user', to: 'controller', qos: 1, retained: false } as const;
const shown = { from: 'controller', to: 'all', qos: 1, retained: true, form: 'json' } as const;
const ordered = { from: 'controller', to: 'agent', qos: 1, retained: false, form: 'signed' } as const;

export const payloads: readonly Payload[] = [
  {
    ...byUser,
    name: 'apply',
    topic: 'apply/{user}/{id}',
    form: 'documents',
    about: 'up to 100 documents: created if they are not there, else changed to what is said',
  },
  {
    ...byUser,
    name: 'delete',
    topic: 'delete/{user}/{id}',
    form: 'documents',
    about: 'the same; only `apiVersion`, `kind` and `metadata` are read',
  },
  {
    ...byUser,
    name: 'get',
    topic: 'get/{user}/{id}',
    form: 'json',
    schema: readOrder,
    about:
      'a read of the Kubernetes API: a path alone as text, or JSON; then how much more of a log or a watch is taken',
  },
  {
    name: 'result',
    topic: 'results/{user}/{id}',
    from: 'controller',
    to: 'user',
    qos: 1,
    retained: false,
    form: 'json',
    schema: result,
    about: 'the answer to `apply` and `delete`, one item for each document',
  },
  {
    name: 'read-answer',
    topic: 'results/{user}/{id}',
    from: 'controller',
    to: 'user',
    qos: 1,
    retained: false,
    form: 'json',
    schema: readAnswer,
    about: 'the answer to `get`: whole in `body`, or in parts of `text`',
  },
  {
    ...shown,
    name: 'fleet-node',
    topic: 'fleet/nodes/{node}',
    schema: fleetNode,
    about: 'a board in one line; an empty payload when it was removed',
  },
  {
    ...shown,
    name: 'fleet-pod',
    topic: 'fleet/pods/{namespace}/{name}',
    schema: fleetPod,
    about: 'a pod in one line; an empty payload when it is gone',
  },
  {
    ...shown,
    name: 'fleet-event',
    topic: 'fleet/events/{namespace}',
    qos: 0,
    retained: false,
    schema: fleetEvent,
    about: 'an event as it happens',
  },
  {
    name: 'metrics',
    topic: 'nodes/{node}/metrics',
    from: 'agent',
    to: 'all',
    qos: 0,
    retained: false,
    form: 'json',
    schema: metrics,
    about:
      'how a board is: every five minutes, and every half keepalive (15 s unless it was told otherwise) for five minutes after somebody asked at `metrics.k8s.io` or `/metrics`',
  },
  {
    name: 'node-session',
    topic: 'nodes/{node}/session',
    from: 'agent',
    to: 'all',
    qos: 1,
    retained: 'will',
    form: 'json',
    schema: nodeSession,
    about: 'a board’s birth and death',
  },
  {
    ...shown,
    name: 'controller-session',
    topic: 'controller/session',
    retained: 'will',
    schema: controllerSession,
    about: 'the controller’s birth and death',
  },
  {
    ...ordered,
    name: 'manifest',
    topic: 'nodes/{node}/manifest',
    schema: manifest,
    about: 'all that the board runs, each by its digest',
  },
  {
    ...ordered,
    name: 'object',
    topic: 'nodes/{node}/objects/{kind}/{uid}',
    schema: objectOrder,
    about: 'one object of the manifest',
  },
  {
    name: 'status',
    topic: 'nodes/{node}/status/{uid}',
    from: 'agent',
    to: 'controller',
    qos: 1,
    retained: false,
    form: 'json',
    schema: podReport,
    about: 'how one pod is; repeated until it is acknowledged',
  },
  {
    ...ordered,
    name: 'acks',
    topic: 'nodes/{node}/acks',
    schema: acks,
    about: 'the reports that are on the controller’s disk',
  },
  {
    ...ordered,
    name: 'network-membership',
    topic: 'nodes/{node}/network',
    retained: true,
    schema: networkMembership,
    about: 'the network group of a board: those that reach each other without help',
  },
  {
    ...ordered,
    name: 'network-index',
    topic: 'network/{group}/index',
    retained: true,
    schema: networkIndex,
    about: 'all Services by name, and the ranges of addresses; what a board has beyond it is gone',
  },
  {
    ...ordered,
    name: 'network-boards',
    topic: 'network/{group}/boards',
    retained: true,
    schema: networkBoards,
    about: 'the boards of a group, and where their pods’ addresses lead',
  },
  {
    ...ordered,
    name: 'network-service',
    topic: 'network/{group}/services/{namespace}/{name}',
    retained: true,
    schema: networkService,
    about: 'one Service, and the endpoints that take its calls',
  },
  {
    ...ordered,
    name: 'stream-open',
    topic: 'nodes/{node}/streams/{id}/in',
    schema: streamOpen,
    about:
      'opens a stream to a container; what follows on this topic are frames, sealed with the key that it brings',
  },
  {
    name: 'stream-out',
    topic: 'nodes/{node}/streams/{id}/out',
    from: 'agent',
    to: 'controller',
    qos: 1,
    retained: false,
    form: 'binary',
    about: 'frames of a stream, sealed with its key: see docs/streams.md',
  },
];
