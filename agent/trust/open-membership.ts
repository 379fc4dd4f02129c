import type { Host } from '@bramble/actors/index.ts';
import { readIfThere } from '@bramble/adapters/host/durable-file.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { nodeNameOf } from '@bramble/protocol/join.ts';
import { type Identity, loadIdentity } from './identity.ts';
import { joinController } from './join-controller.ts';
import { BoardMembership } from './membership.ts';

export interface MembershipArguments {
  /** Where the identity is kept. */
  readonly dir: string;
  /** What tells this machine from others, and by what else it may have joined: as `machineMarks` has it. */
  readonly machineId: string;
  readonly otherMachineIds: readonly string[];
  /** Asked for; a board that has joined keeps the name that it has. */
  readonly node: string | undefined;
  readonly hostname: string;
  readonly url: string | undefined;
  readonly tokenFile: string | undefined;
  /** Join before anything else where there is a token, although the board is a member. */
  readonly joinAnew: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** Who this board is: as it joined, or by joining now. @throws BrambleError saying why it cannot be a member */
export async function openMembership(args: MembershipArguments, host: Host): Promise<BoardMembership> {
  const { dir, machineId, otherMachineIds, url, tokenFile } = args;
  const { log } = host;
  const known = await loadIdentity(dir);
  if (known) assertSameMachine(known, args);
  const token = tokenFile && (await readIfThere(tokenFile));
  const identity = known && !(token && args.joinAnew) ? known : await joinNow(args, token, known, host);
  return BoardMembership.open({ identity, dir, machineId, otherMachineIds, url, tokenFile, log });
}

function joinNow(
  { dir, machineId, otherMachineIds, node, hostname, url, labels }: MembershipArguments,
  token: string | undefined,
  known: Identity | undefined,
  { log }: Host,
): Promise<Identity> {
  if (url === undefined || !token)
    throw new BrambleError(
      'BRAMBLE_NOT_JOINED',
      `${dir} holds no identity, and no ${url === undefined ? 'controller' : 'token'} was given`,
    );
  const name = node ?? known?.node ?? nodeNameOf(hostname);
  return joinController({ url, token, node: name, machineId, otherMachineIds, dir, labels, log });
}

/** What a copied data directory holds runs elsewhere: whoever starts it a second time breaks guarantee G3. */
function assertSameMachine({ node, machine }: Identity, args: MembershipArguments): void {
  const { dir, machineId, otherMachineIds } = args;
  if (machine === undefined || [machineId, ...otherMachineIds].includes(machine)) return;
  throw new BrambleError(
    'BRAMBLE_IDENTITY_CLONED',
    `${dir} holds the identity of board ${node}, which joined on machine ${machine}; this is machine ${machineId}`,
  );
}
