import { hashOf } from '../../../trust/secrets.ts';
import { accessOf } from '../access.ts';
import { type Acl, aclsOf, markPrefix, rolePrefixes, type WantedClient } from './wanted-clients.ts';

/** What the broker has, as it said or as we have told it since. */
export interface KnownAccess {
  /** Name → mark, `undefined` where it has none. */
  readonly clients: Map<string, string | undefined>;
  readonly roles: Set<string>;
}

/** A command of mosquitto's dynamic security plugin. */
export type Command =
  | {
      readonly command: 'createRole' | 'modifyRole';
      readonly rolename: string;
      readonly acls: readonly Acl[];
    }
  | { readonly command: 'deleteRole'; readonly rolename: string }
  | {
      readonly command: 'createClient' | 'modifyClient';
      readonly username: string;
      readonly textname: string;
      readonly password?: string;
      readonly roles: readonly { readonly rolename: string }[];
    }
  | { readonly command: 'deleteClient'; readonly username: string };

/** A change that the broker needs. Its commands are made when it is its turn: a thousand at once would take too long. */
export type Step =
  | { readonly type: 'end'; readonly username: string }
  | {
      readonly type: 'tell';
      readonly client: WantedClient;
      /** Whether the broker has a client of that name. */
      readonly exists: boolean;
      readonly token: string | undefined;
    }
  | { readonly type: 'forget-role'; readonly role: string };

export interface Plan {
  readonly steps: readonly Step[];
  /** Users who cannot use MQTT until they have a new token: only its hash is known here. */
  readonly withoutToken: readonly string[];
  /** Names that somebody else has given to a client of the broker. */
  readonly taken: readonly string[];
}

/**
 * What is to be told so that the broker has what is wanted, and nothing else of ours. Who is to have less goes first:
 * a token that was revoked must not wait for a thousand boards that were added.
 */
export function planAccess(
  wanted: ReadonlyMap<string, WantedClient>,
  known: KnownAccess,
  tokens: ReadonlyMap<string, string>,
): Plan {
  const taken: string[] = [];
  const withoutToken: string[] = [];
  const added: Step[] = [];
  const ended = [...known.clients].filter(([name, mark]) => isOurs(mark) && !wanted.has(name));
  const steps: Step[] = ended.map(([username]) => ({ type: 'end', username }));
  const usedRoles = new Set<string>();
  for (const client of wanted.values()) {
    const { username } = client;
    const exists = known.clients.has(username);
    const mark = known.clients.get(username);
    const token = tokenFor(client, tokens);
    if (mark === client.mark) usedRoles.add(client.role);
    else if (exists && !isOurs(mark)) taken.push(username);
    else if (client.tokenHash !== undefined && token === undefined) {
      withoutToken.push(username);
      if (exists) steps.push({ type: 'end', username });
    } else {
      usedRoles.add(client.role);
      added.push({ type: 'tell', client, exists, token });
    }
  }
  const unused = [...known.roles].filter((role) => isOurRole(role) && !usedRoles.has(role));
  steps.push(...added, ...unused.map((role) => ({ type: 'forget-role' as const, role })));
  return { steps, withoutToken, taken };
}

/** @param roles that the broker has by now */
export function commandsOf(step: Step, roles: ReadonlySet<string>): Command[] {
  if (step.type === 'end') return [{ command: 'deleteClient', username: step.username }];
  if (step.type === 'forget-role') return [{ command: 'deleteRole', rolename: step.role }];
  return telling(step.client, step.exists, roles, step.token);
}

/** The one that is valid now: an earlier one may still be remembered. */
function tokenFor(
  { username, tokenHash }: WantedClient,
  tokens: ReadonlyMap<string, string>,
): string | undefined {
  const token = tokens.get(username);
  return token !== undefined && hashOf(token) === tokenHash ? token : undefined;
}

/** The rights first: nobody is let in without them. */
function telling(
  { username, mark, role, identity }: WantedClient,
  exists: boolean,
  roles: ReadonlySet<string>,
  password: string | undefined,
): Command[] {
  const acls = aclsOf(accessOf(identity));
  return [
    { command: roles.has(role) ? 'modifyRole' : 'createRole', rolename: role, acls },
    {
      command: exists ? 'modifyClient' : 'createClient',
      username,
      textname: mark,
      ...(password !== undefined && { password }),
      roles: [{ rolename: role }],
    },
  ];
}

/** Keeps what we know in step with a command that the broker has carried out. */
export function carriedOut({ clients, roles }: KnownAccess, done: Command): void {
  switch (done.command) {
    case 'createRole':
    case 'modifyRole':
      roles.add(done.rolename);
      return;
    case 'deleteRole':
      roles.delete(done.rolename);
      return;
    case 'createClient':
    case 'modifyClient':
      clients.set(done.username, done.textname);
      return;
    case 'deleteClient':
      clients.delete(done.username);
  }
}

function isOurs(mark: string | undefined): boolean {
  return mark?.startsWith(markPrefix) === true;
}

function isOurRole(role: string): boolean {
  return rolePrefixes.some((prefix) => role.startsWith(prefix));
}
