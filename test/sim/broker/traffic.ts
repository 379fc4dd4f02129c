import { hash } from 'node:crypto';
import type { Trace } from '../trace.ts';
import { controllerName } from '../world/controller-process.ts';
import type { BrokerObserver } from './broker.ts';

/** Judges what clients say and hear. */
export interface TrafficCheck {
  /** The broker passes on what the client said. */
  said(client: string, topic: string, payload: Uint8Array): void;
  heard?(client: string, topic: string): void;
}

/** Writes every message into the trace. What is sealed differs with each sealing, so that only its size counts. */
export function traffic(
  trace: Trace,
  toController: (topic: string, payload: Uint8Array) => void,
  checks: readonly TrafficCheck[],
): BrokerObserver {
  // One message goes to many, and is the same to all of them.
  const contents = new WeakMap<Uint8Array, string>();
  const content = (topic: string, payload: Uint8Array): string => {
    const known = contents.get(payload) ?? contentOf(topic, payload);
    contents.set(payload, known);
    return known;
  };
  return {
    onPublished: (name, topic, payload) => {
      trace.note(`${name} → ${topic} ${content(topic, payload)}`);
      for (const check of checks) check.said(name, topic, payload);
    },
    onDelivered: (name, topic, payload) => {
      trace.note(`${topic} → ${name} ${content(topic, payload)}`);
      for (const check of checks) check.heard?.(name, topic);
      if (name === controllerName) toController(topic, payload);
    },
  };
}

function contentOf(topic: string, payload: Uint8Array): string {
  if (topic.includes('/objects/secrets/')) return `${payload.length} bytes`;
  return hash('sha1', payload, 'hex').slice(0, 8);
}
