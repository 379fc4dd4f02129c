import { X509Certificate } from 'node:crypto';
import type { LogEntry } from '@bramble/actors/index.ts';
import { readIfThere } from '@bramble/adapters/host/durable-file.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { parseJoinToken } from '@bramble/protocol/join.ts';
import type { Identity } from './identity.ts';
import { joinController } from './join-controller.ts';
import type { Membership, Proof } from './port.ts';
import { renewCertificate } from './renew.ts';

export interface MembershipOptions {
  readonly identity: Identity;
  /** Where the identity is kept. */
  readonly dir: string;
  readonly machineId: string;
  readonly otherMachineIds?: readonly string[];
  /** Of the API server, where that was told; else the one that the board joined through. */
  readonly url: string | undefined;
  /** A file with a join token, which is written anew with each start of this machine's own controller. */
  readonly tokenFile: string | undefined;
  readonly log: (entry: LogEntry) => void;
}

/** The identity of a board that has joined, kept valid. */
export class BoardMembership implements Membership {
  readonly #options: MembershipOptions;
  #identity: Identity;
  #isElsewhere: boolean;

  static async open(options: MembershipOptions): Promise<BoardMembership> {
    return new BoardMembership(options, await isElsewhere(options));
  }

  private constructor(options: MembershipOptions, elsewhere: boolean) {
    this.#options = options;
    this.#identity = options.identity;
    this.#isElsewhere = elsewhere;
  }

  /** As it is now: who dials must ask each time. */
  get identity(): Identity {
    return this.#identity;
  }

  renewAtMs(): number {
    return this.#identity.renewAtMs;
  }

  isElsewhere(): boolean {
    return this.#isElsewhere;
  }

  async prove(): Promise<Proof> {
    if (this.#isElsewhere) return this.#join('this machine has another controller now');
    const { url = this.#identity.url, dir } = this.#options;
    const renewed = await renewCertificate(url, dir, this.#identity);
    if (!renewed.ok) return this.#join(renewed.message);
    this.#identity = renewed.identity;
    return { type: 'renewed' };
  }

  async #join(reason: string): Promise<Proof> {
    const { dir, machineId, otherMachineIds = [], log, url = this.#identity.url } = this.#options;
    const token = await tokenOf(this.#options);
    if (token === undefined) return { type: 'refused', message: reason };
    const before = this.#identity;
    try {
      const asked = { url, token, node: before.node, machineId, otherMachineIds, dir, log };
      this.#identity = await joinController(asked);
    } catch (error) {
      const away = error instanceof BrambleError && error.code === 'BRAMBLE_CONTROLLER_UNREACHABLE';
      if (error instanceof BrambleError && !away)
        return { type: 'refused', message: `${reason}; ${error.message}` };
      throw error;
    }
    this.#isElsewhere = false;
    return { type: isSameFleet(before, this.#identity) ? 'joined' : 'moved' };
  }
}

function isSameFleet(before: Identity, after: Identity): boolean {
  return before.node === after.node && before.clusterKey.equals(after.clusterKey);
}

async function tokenOf({ tokenFile }: MembershipOptions): Promise<string | undefined> {
  const text = tokenFile === undefined ? undefined : await readIfThere(tokenFile);
  return text?.trim() || undefined;
}

/** A token names the authority of the controller that made it. */
async function isElsewhere(options: MembershipOptions): Promise<boolean> {
  const token = parseJoinToken((await tokenOf(options)) ?? '');
  if (token === undefined) return false;
  const fingerprint = new X509Certificate(options.identity.ca).fingerprint256.replaceAll(':', '');
  return Buffer.from(fingerprint, 'hex').toString('base64url') !== token.pin;
}
