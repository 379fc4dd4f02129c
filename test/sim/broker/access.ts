import {
  type Access,
  accessOf,
  type Identity,
  mayPublish,
  maySubscribe,
} from '@bramble/controller/fleet/broker/access.ts';
import { boardOfClient } from '../checks/boundaries.ts';
import { controllerName, operator } from '../world/controller-process.ts';

export interface Rules {
  mayPublish(client: string, topic: string): boolean;
  maySubscribe(client: string, filter: string): boolean;
}

/** The real broker's rules, by the names of the simulated links. A mutation takes another one's place. */
export class BrokerAccess implements Rules {
  readonly #known = new Map<string, Access>();

  mayPublish(client: string, topic: string): boolean {
    return mayPublish(this.#of(client), topic);
  }

  maySubscribe(client: string, filter: string): boolean {
    return maySubscribe(this.#of(client), filter);
  }

  #of(client: string): Access {
    const known = this.#known.get(client);
    if (known) return known;
    const access = accessOf(identityOf(client));
    this.#known.set(client, access);
    return access;
  }
}

function identityOf(client: string): Identity {
  const node = boardOfClient(client);
  if (node !== undefined) return { type: 'node', node };
  if (client === controllerName) return { type: 'controller' };
  return { type: 'user', name: operator.name, role: 'admin' };
}
