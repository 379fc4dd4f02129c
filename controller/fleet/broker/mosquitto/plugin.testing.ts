import type { Command } from './plan.ts';

interface Listing {
  readonly command: 'listClients' | 'listRoles';
}
type Asked = (Listing | Command) & { readonly correlationData: string };

/** Mosquitto's dynamic security plugin, as far as we use it. */
export class ModelPlugin {
  readonly clients = new Map<string, { textname?: string; password?: string; roles: readonly string[] }>();
  readonly roles = new Map<string, readonly unknown[]>();
  /** Names of all commands that changed something, oldest first. */
  readonly done: string[] = [];
  /** Commands of these names fail. */
  readonly fails = new Set<string>();

  /** What it publishes on its answer topic. */
  answer(payload: string | Uint8Array): string {
    const { commands } = JSON.parse(String(payload)) as { commands: readonly Asked[] };
    return JSON.stringify({ responses: commands.map((each) => this.#perform(each)) });
  }

  #perform(asked: Asked): Record<string, unknown> {
    const { command, correlationData } = asked;
    if (command === 'listClients')
      return {
        command,
        correlationData,
        data: { totalCount: this.clients.size, clients: this.#clientList() },
      };
    if (command === 'listRoles')
      return {
        command,
        correlationData,
        data: { totalCount: this.roles.size, roles: [...this.roles.keys()] },
      };
    const error = this.fails.has(command) ? 'Internal error' : this.perform(asked as Command);
    return { command, correlationData, ...(error !== undefined && { error }) };
  }

  #clientList(): unknown[] {
    return [...this.clients].map(([username, { textname, roles }]) => ({
      username,
      ...(textname !== undefined && { textname }),
      roles: roles.map((rolename) => ({ rolename })),
      groups: [],
    }));
  }

  /** Answers with an error, or `undefined`. */
  perform(asked: Command): string | undefined {
    this.done.push(asked.command);
    switch (asked.command) {
      case 'createRole':
      case 'modifyRole':
        if (this.roles.has(asked.rolename) !== (asked.command === 'modifyRole'))
          return 'Role already exists, or not';
        this.roles.set(asked.rolename, asked.acls);
        return undefined;
      case 'deleteRole':
        return this.roles.delete(asked.rolename) ? undefined : 'Role not found';
      case 'createClient':
      case 'modifyClient': {
        const { username, textname, password, roles } = asked;
        const before = this.clients.get(username);
        if ((before !== undefined) !== (asked.command === 'modifyClient'))
          return 'Client already exists, or not';
        const names = roles.map(({ rolename }) => rolename);
        if (names.some((name) => !this.roles.has(name))) return 'Role not found';
        const kept = password ?? before?.password;
        this.clients.set(username, { textname, roles: names, ...(kept !== undefined && { password: kept }) });
        return undefined;
      }
      case 'deleteClient':
        return this.clients.delete(asked.username) ? undefined : 'Client not found';
    }
  }
}
