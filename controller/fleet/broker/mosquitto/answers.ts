import { type Decoded, decodeJsonText } from '@bramble/protocol/decode.ts';
import * as z from '@bramble/protocol/zod.ts';
import type { KnownAccess } from './plan.ts';

/** Where mosquitto's dynamic security plugin takes orders, and where it answers whoever may listen there. */
export const controlTopic = '$CONTROL/dynamic-security/v1';
export const answerTopic = `${controlTopic}/response`;

const answers = z.object({
  responses: z.array(
    z.object({
      command: z.string(),
      correlationData: z.optional(z.string()),
      error: z.optional(z.string()),
      data: z.optional(z.unknown()),
    }),
  ),
});
export type PluginAnswer = z.infer<typeof answers>['responses'][number];

export function decodeAnswers(payload: Uint8Array): Decoded<{ responses: PluginAnswer[] }> {
  return decodeJsonText(answers, Buffer.from(payload).toString('utf8'));
}

/** Asks for all that it has. */
export const listing = [
  { command: 'listClients', verbose: true, count: -1, offset: 0 },
  { command: 'listRoles', verbose: false, count: -1, offset: 0 },
] as const;

const clientList = z.object({
  clients: z.array(z.object({ username: z.string(), textname: z.optional(z.string()) })),
});
const roleList = z.object({ roles: z.array(z.string()) });

/** `undefined` when it is not what was asked for. */
export function knownFrom([clients, roles]: readonly PluginAnswer[]): KnownAccess | undefined {
  const people = clientList.safeParse(clients?.data);
  const rights = roleList.safeParse(roles?.data);
  if (!people.success || !rights.success) return undefined;
  return {
    clients: new Map(people.data.clients.map(({ username, textname }) => [username, textname])),
    roles: new Set(rights.data.roles),
  };
}
