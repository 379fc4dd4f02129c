import { createHash } from 'node:crypto';
import type { BrokerObserver } from './broker.ts';
import type { BirthCheck } from './checks/births.ts';
import type { BoundaryCheck } from './checks/boundaries.ts';
import type { Trace } from './trace.ts';
import { controllerName } from './world/controller-process.ts';

/** Writes every message into the trace. What is sealed differs with each sealing, so that only its size counts. */
export function traffic(
  trace: Trace,
  toController: (topic: string, payload: Uint8Array) => void,
  boundaries: BoundaryCheck,
  births: BirthCheck,
): BrokerObserver {
  return {
    onPublished: (name, topic, payload) => {
      trace.note(`${name} → ${topic} ${content(topic, payload)}`);
      boundaries.said(name, topic, payload);
      births.said(name, topic);
    },
    onDelivered: (name, topic, payload) => {
      trace.note(`${topic} → ${name} ${content(topic, payload)}`);
      boundaries.heard(name, topic);
      if (name === controllerName) toController(topic, payload);
    },
  };
}

function content(topic: string, payload: Uint8Array): string {
  if (topic.includes('/objects/secrets/')) return `${payload.length} bytes`;
  return createHash('sha256').update(payload).digest('hex').slice(0, 8);
}
