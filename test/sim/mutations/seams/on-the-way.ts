import type { LinkEvent, MqttConnection, MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import type { AgentPorts } from '@bramble/agent/supervision.ts';
import { topics } from '@bramble/protocol/topics.ts';

/** What a link has said about itself, and the link. */
export interface Spoken {
  session: string;
  connection: MqttConnection | undefined;
}

/** A dialer that sees each event before the link does, and the facts that the link states about itself. */
export function onTheWay(
  dialer: MqttDialer,
  change: (event: LinkEvent, connection: Spoken) => LinkEvent,
): MqttDialer {
  return {
    dial(options, onEvent) {
      const spoken: Spoken = { session: '', connection: undefined };
      const connection = dialer.dial(options, (event) => onEvent(change(event, spoken)));
      spoken.connection = connection;
      return {
        close: () => connection.close(),
        subscribe: (filters, settled) => connection.subscribe(filters, settled),
        unsubscribe: (filters) => connection.unsubscribe(filters),
        publish(message, settled) {
          if (message.topic === topics.controllerSession()) spoken.session = String(message.payload);
          connection.publish(message, settled);
        },
      };
    },
  };
}

export function withDialer(ports: AgentPorts, change: (dialer: MqttDialer) => MqttDialer): AgentPorts {
  return { ...ports, dialer: change(ports.dialer) };
}
