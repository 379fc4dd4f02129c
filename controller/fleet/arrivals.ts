import { decodeJson } from '@bramble/protocol/decode.ts';
import { podReport } from '@bramble/protocol/messages/orders.ts';
import { metrics, nodeSession } from '@bramble/protocol/messages/session.ts';
import { checkMessage, isQuantity, messageOf, pruneMessage } from '@bramble/protocol/schema/index.ts';
import type { Topic } from '@bramble/protocol/topics.ts';
import * as z from '@bramble/protocol/zod.ts';
import type { Arrival } from './link.ts';
import type { SessionMessage } from './session-types.ts';

export type NodeTopic = Extract<Topic, { type: 'node-session' | 'metrics' | 'status' }>;
type Decoded = Extract<SessionMessage, { type: 'session' | 'metrics' | 'report' }>;

// The controller alone hears whole fleets: what each board says again and again is checked by code made for it.
const metricsCheck = z.compile(metrics);
const sessionCheck = z.compile(nodeSession);
const reportCheck = z.compile(podReport);

/**
 * What a board says, or what is wrong with it. Nothing passes that could break those who read it later: a Node that the
 * scheduler cannot calculate with, or a status that is none.
 */
export function decodeArrival(topic: NodeTopic, { payload, retained }: Arrival): Decoded | string {
  switch (topic.type) {
    case 'node-session':
      return decodeSession(payload, retained);
    case 'metrics': {
      const decoded = decodeJson(metricsCheck, payload);
      return decoded.ok ? { type: 'metrics', metrics: decoded.value } : decoded.message;
    }
    case 'status':
      return decodeReport(topic.uid, payload);
  }
}

function decodeSession(payload: Uint8Array, retained: boolean): Decoded | string {
  const decoded = decodeJson(sessionCheck, payload);
  if (!decoded.ok) return decoded.message;
  const session = decoded.value;
  if (session.alive) {
    const bad = [...Object.entries(session.capacity), ...Object.entries(session.allocatable)].find(
      ([, quantity]) => !isQuantity(quantity) || quantity.startsWith('-'),
    );
    if (bad) return `capacity or allocatable: ${bad[0]} is ${JSON.stringify(bad[1])}, which is no quantity`;
  }
  return { type: 'session', session, retained };
}

function decodeReport(uid: string, payload: Uint8Array): Decoded | string {
  const decoded = decodeJson(reportCheck, payload);
  if (!decoded.ok) return decoded.message;
  const report = decoded.value;
  if (report.uid !== uid) return `a report about ${report.uid} on the topic of ${uid}`;
  const form = messageOf('core.v1.PodStatus');
  const [cause] = checkMessage(form, report.status).causes;
  if (cause) return `status.${cause.field}: ${cause.message}`;
  return { type: 'report', report: { ...report, status: { ...pruneMessage(form, report.status) } } };
}
