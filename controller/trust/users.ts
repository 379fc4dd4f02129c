import { BrambleError } from '@bramble/protocol/errors.ts';
import { listUpTo } from '@bramble/protocol/shapes.ts';
import * as z from '@bramble/protocol/zod.ts';
import { JsonFile } from './json-file.ts';
import { hashOf, newSecret, sameHash } from './secrets.ts';

/** What a user may do: all, all but trust and roles, or read. */
export const roles = ['admin', 'edit', 'view'] as const;
export type Role = (typeof roles)[number];

export interface User {
  readonly name: string;
  readonly role: Role;
}

/** Names are one topic level, and never look like those of the system. */
const userName = z.string().check(z.regex(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/));
const userRecord = z.object({
  name: userName,
  role: z.enum(roles),
  tokenHash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
});
export type UserRecord = z.infer<typeof userRecord>;

const usersFile = z.object({ users: listUpTo(1_000, userRecord) });
type UsersFile = z.infer<typeof usersFile>;

/** The people and programs that may speak to the controller; each has one token, of which the file holds a hash. */
export class Users {
  readonly #file: JsonFile<UsersFile>;
  readonly #listeners = new Set<(users: readonly UserRecord[]) => void>();
  #hearToken: ((name: string, token: string) => void) | undefined;

  static async open(path: string): Promise<Users> {
    return new Users(await JsonFile.open(path, usersFile, { users: [] }));
  }

  private constructor(file: JsonFile<UsersFile>) {
    this.#file = file;
  }

  get records(): readonly UserRecord[] {
    return this.#file.value.users;
  }

  /** Answers with the token, which is shown this once. @throws BrambleError BRAMBLE_BAD_USER */
  create(name: string, role: Role): Promise<string> {
    if (!userName.safeParse(name).success)
      return Promise.reject(badUser(`"${name}" cannot be a user's name`));
    const token = newSecret();
    return this.#give(name, token, (users) => {
      if (users.some((user) => user.name === name)) throw badUser(`there is a user ${name} already`);
      return [...users, { name, role, tokenHash: hashOf(token) }];
    });
  }

  /** Gives a user a new token; the old one ends. @throws BrambleError BRAMBLE_BAD_USER */
  renewToken(name: string): Promise<string> {
    const token = newSecret();
    return this.#give(name, token, (users) => {
      if (!users.some((user) => user.name === name)) throw badUser(`there is no user ${name}`);
      return users.map((user) => (user.name === name ? { ...user, tokenHash: hashOf(token) } : user));
    });
  }

  /** `false` when there was no such user. */
  remove(name: string): Promise<boolean> {
    return this.#change((users) => {
      const kept = users.filter((user) => user.name !== name);
      return { users: kept, result: kept.length < users.length };
    });
  }

  /** Takes the same time whichever user's token it is, or none's. */
  authenticateToken(token: string): User | undefined {
    const user = findByToken(this.records, token);
    if (user) this.#hearToken?.(user.name, token);
    return user;
  }

  /** Called with each token that is made or proved: a broker beside the controller must be told it in clear. */
  onToken(hear: (name: string, token: string) => void): void {
    this.#hearToken = hear;
  }

  /** Called after each change, when it is on disk. The function returned ends it. */
  onChange(listener: (users: readonly UserRecord[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #give(
    name: string,
    token: string,
    change: (users: readonly UserRecord[]) => UserRecord[],
  ): Promise<string> {
    // Who listens to changes may need the token at once.
    const changed = (): void => this.#hearToken?.(name, token);
    await this.#change((users) => ({ users: change(users), result: undefined }), changed);
    return token;
  }

  async #change<Result>(
    change: (users: readonly UserRecord[]) => { users: UserRecord[]; result: Result },
    changed: () => void = () => {},
  ): Promise<Result> {
    const result = await this.#file.update((before) => {
      const { users, result } = change(before.users);
      return { next: { users }, result };
    });
    changed();
    for (const listener of this.#listeners) listener(this.records);
    return result;
  }
}

export function findByToken(records: readonly UserRecord[], token: string): User | undefined {
  const hash = hashOf(token);
  let found: User | undefined;
  for (const { name, role, tokenHash } of records) {
    if (sameHash(hash, tokenHash)) found = { name, role };
  }
  return found;
}

function badUser(detail: string): BrambleError {
  return new BrambleError('BRAMBLE_BAD_USER', detail);
}
