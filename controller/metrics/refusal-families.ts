import type { HttpCounts } from '../apiserver/http/counts.ts';
import type { BrokerCounts } from '../fleet/broker/counts.ts';
import type { Refusals } from '../fleet/refusals.ts';
import { type Family, single } from './exposition.ts';

/** What the API server has answered, and whom it did not let in. */
export function httpFamilies(counts: HttpCounts): Family[] {
  const { failedHandshakes, shedConnections, malformed, timedOut, slowWatches } = counts;
  return [
    {
      name: 'bramble_api_answers_total',
      type: 'counter',
      help: 'Answers over HTTPS, by status code. A watch counts when it begins.',
      samples: [...counts.answers].map(([code, value]) => ({ labels: { code: String(code) }, value })),
    },
    byReason('bramble_api_refused_total', 'Connections to the API that were ended.', {
      handshake: failedHandshakes,
      shed: shedConnections,
      malformed,
      timeout: timedOut,
      'slow-watch': slowWatches,
    }),
  ];
}

/** What the broker let through, and the controller did not take. */
export function fleetFamilies(refusals: Refusals): Family[] {
  return [
    byReason('bramble_fleet_refused_total', 'Messages over MQTT that the controller has refused.', refusals),
  ];
}

/** What the embedded broker has, and what it has refused. */
export function brokerFamilies(counts: BrokerCounts): Family[] {
  const one = (name: string, type: Family['type'], help: string, value: number): Family =>
    single(`bramble_broker_${name}`, type, help, value);
  return [
    one('connections', 'gauge', 'Connections whose TLS handshake is done.', counts.connections),
    one('unauthenticated', 'gauge', 'Connections that are not yet let in.', counts.unauthenticated),
    one('subscriptions', 'gauge', 'Subscriptions of all clients.', counts.subscriptions),
    one('retained_messages', 'gauge', 'Messages kept for later subscribers.', counts.retainedMessages),
    one('retained_bytes', 'gauge', 'Their bytes.', counts.retainedBytes),
    one('waiting_bytes', 'gauge', 'Bytes that wait for slow clients.', counts.bufferedBytes),
    one('heap_used_bytes', 'gauge', 'Memory in use by its JavaScript.', counts.heapUsedBytes),
    one('published_total', 'counter', 'Messages taken from clients.', counts.published),
    one('delivered_total', 'counter', 'Messages handed to clients.', counts.delivered),
    one('throttled_total', 'counter', 'Times that a client was read more slowly.', counts.throttled),
    byReason('bramble_broker_refused_total', 'What the broker has refused.', refusals(counts)),
  ];
}

function refusals(counts: BrokerCounts): Record<string, number> {
  return {
    publish: counts.deniedPublishes,
    subscribe: counts.deniedSubscriptions,
    login: counts.refusedConnections,
    shed: counts.shedConnections,
    handshake: counts.failedHandshakes,
    mute: counts.mute,
    oversized: counts.oversized,
    malformed: counts.malformed,
    slow: counts.overflowed,
    stalled: counts.stalled,
    retain: counts.unretained,
  };
}

function byReason(name: string, help: string, values: Readonly<Record<string, number>>): Family {
  const samples = Object.entries(values).map(([reason, value]) => ({ labels: { reason }, value }));
  return { name, type: 'counter', help, samples };
}
