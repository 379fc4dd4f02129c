import type { LinkEvent, OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import { decodeJson } from '@bramble/protocol/decode.ts';
import { type NodeDeath, nodeSession } from '@bramble/protocol/messages/session.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { nodeOfSubject } from '../../../trust/certificates.ts';
import type { Command } from './plan.ts';

// When the plugin ends a connection, mosquitto sends no will: whoever waits for an answer of that board would not hear
// that its link is gone. What the will would have said follows from what the board said when it came.

/** Where the board that a command puts out has said that it lives; `undefined` for what puts out no board. */
export function birthTopicOf(command: Command): string | undefined {
  if (command.command !== 'deleteClient' && command.command !== 'modifyClient') return undefined;
  const node = nodeOfSubject(command.username);
  return node === undefined ? undefined : topics.nodeSession(node);
}

/** A birth that is not retained is of a board that came back, or joined anew, since. */
export function deathOf({
  topic,
  payload,
  retained,
}: Extract<LinkEvent, { type: 'message' }>): OutgoingMessage | undefined {
  const birth = decodeJson(nodeSession, payload);
  if (!retained || !birth.ok || !birth.value.alive) return undefined;
  const death: NodeDeath = { alive: false, boot: birth.value.boot };
  return { topic, payload: JSON.stringify(death), qos: 1, retain: true };
}
