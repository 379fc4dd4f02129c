import { call, type Target } from '../client.ts';
import { table } from '../table.ts';

interface UnclaimedInfo {
  readonly node: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
  readonly claimable: boolean;
}

const path = '/bramble/v1/unclaimed';

export async function listUnclaimed(target: Target): Promise<string> {
  const rows = (await allOf(target)).map(({ node, namespace, name, phase, uid }) => [
    node,
    namespace,
    name,
    phase,
    uid,
  ]);
  return rows.length === 0
    ? 'no board says that it runs a pod of another store'
    : table(['BOARD', 'NAMESPACE', 'POD', 'STATUS', 'UID'], rows);
}

/** @param which a uid, `namespace/name`, a name, or `all` */
export async function claim(target: Target, which: string, giveSecrets: boolean): Promise<string> {
  const lines: string[] = [];
  for (const pod of await chosen(target, which)) {
    const { missing } = await call<{ missing: readonly string[] }>(target, 'POST', `${path}/${pod.uid}`, {
      action: 'claim',
      giveSecrets,
    });
    lines.push(`pod ${pod.namespace}/${pod.name} on ${pod.node} is in this store now, and goes on as it is`);
    if (missing.length > 0) lines.push(`  it will not restart until these are here: ${missing.join(', ')}`);
  }
  return lines.join('\n');
}

export async function release(target: Target, which: string): Promise<string> {
  const lines: string[] = [];
  for (const pod of await chosen(target, which)) {
    await call(target, 'POST', `${path}/${pod.uid}`, { action: 'release' });
    lines.push(`pod ${pod.namespace}/${pod.name} on ${pod.node} ends, with its grace`);
  }
  return lines.join('\n');
}

async function allOf(target: Target): Promise<readonly UnclaimedInfo[]> {
  return (await call<{ pods: readonly UnclaimedInfo[] }>(target, 'GET', path)).pods;
}

/** @throws Error when nothing fits, or a name fits several */
async function chosen(target: Target, which: string): Promise<readonly UnclaimedInfo[]> {
  const all = await allOf(target);
  const fitting = all.filter(
    ({ uid, namespace, name }) =>
      which === 'all' || [uid, name, `${namespace}/${name}`, `pod/${name}`].includes(which),
  );
  if (fitting.length === 0)
    throw new Error(`no board says that it runs an unclaimed pod "${which}"; see \`bramble unclaimed list\``);
  if (fitting.length > 1 && which !== 'all')
    throw new Error(`"${which}" is ${fitting.length} pods: name one by its uid, or say all`);
  return fitting;
}
