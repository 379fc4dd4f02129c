import { BrambleError } from '@bramble/protocol/errors.ts';
import * as z from '@bramble/protocol/zod.ts';
import type { Trust } from '../trust/trust.ts';
import { roles } from '../trust/users.ts';
import { type Answer, invalid, notAllowed, refusal } from './answer.ts';

export interface UsersPorts {
  readonly trust: Pick<Trust, 'users'>;
  /** Resolves when the broker knows who may use it now. */
  readonly settled: () => Promise<void>;
}

const newUser = z.object({ name: z.string(), role: z.enum(roles) });

/** `users`, `users/{name}` and `users/{name}/token`: who may use Bramble. Tokens are shown when they are made, and never again. */
export async function users(
  ports: UsersPorts,
  method: string,
  [name, part]: readonly string[],
  body: unknown,
): Promise<Answer> {
  if (part !== undefined)
    return name !== undefined ? newToken(ports, method, name, part) : notAllowed(method);
  if (method === 'GET' && name === undefined) return list(ports);
  if (method === 'DELETE' && name !== undefined) return remove(ports, name);
  if (method !== 'POST' || name !== undefined) return notAllowed(method);
  const parsed = newUser.safeParse(body);
  return parsed.success ? create(ports, parsed.data) : invalid(parsed.error);
}

function list({ trust }: UsersPorts): Answer {
  return { code: 200, body: { users: trust.users.records.map(({ name, role }) => ({ name, role })) } };
}

async function remove({ trust, settled }: UsersPorts, name: string): Promise<Answer> {
  if (!(await trust.users.remove(name))) return refusal(404, 'NotFound', `there is no user "${name}"`);
  await settled();
  return { code: 200, body: {} };
}

async function create(
  { trust, settled }: UsersPorts,
  { name, role }: z.infer<typeof newUser>,
): Promise<Answer> {
  try {
    const token = await trust.users.create(name, role);
    await settled();
    return { code: 201, body: { token } };
  } catch (error) {
    if (!(error instanceof BrambleError)) throw error;
    const taken = trust.users.records.some(({ name: known }) => known === name);
    return taken ? refusal(409, 'Conflict', error.message) : refusal(400, 'BadRequest', error.message);
  }
}

/** The token before ends. */
async function newToken(
  { trust, settled }: UsersPorts,
  method: string,
  name: string,
  part: string,
): Promise<Answer> {
  if (part !== 'token') return refusal(404, 'NotFound', `a user has no "${part}"`);
  if (method !== 'POST') return notAllowed(method);
  if (name === 'admin')
    return refusal(
      409,
      'Conflict',
      'the token of admin is in the data directory, for the commands there: remove the file admin-token and start Bramble anew',
    );
  try {
    const token = await trust.users.renewToken(name);
    await settled();
    return { code: 201, body: { token } };
  } catch (error) {
    if (error instanceof BrambleError) return refusal(404, 'NotFound', error.message);
    throw error;
  }
}
