import { type RunResult, run } from '@bramble/adapters/host/run.ts';
import { bridgeFilters } from './kernel.ts';

const timeoutMs = 20_000;

/** Lines for `ip -batch`: one process for any number of changes. */
export async function ipBatch(lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const input = `${lines.join('\n')}\n`;
  expectSuccess('ip', lines, await run('ip', ['-batch', '-'], { timeoutMs, input }));
}

/** The same inside a namespace, where low ports and ping are then open to every user, as in containerd's pods. */
export async function ipBatchInside(namespacePath: string, lines: readonly string[]): Promise<void> {
  const script = [
    'echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start',
    'echo "0 2147483647" > /proc/sys/net/ipv4/ping_group_range',
    'exec ip -batch -',
  ].join('\n');
  const args = [`--net=${namespacePath}`, 'sh', '-c', script];
  const result = await run('nsenter', args, { timeoutMs, input: `${lines.join('\n')}\n` });
  expectSuccess('ip', lines, result);
}

/** Its other end may vanish, and take it along, at any moment; so that it is gone already is no error. */
export async function removeLink(device: string): Promise<void> {
  await run('ip', ['link', 'del', 'dev', device], { timeoutMs });
}

/**
 * Addresses of an interface with their prefix, those that the kernel made itself (link-local) aside; `undefined` where
 * there is no such interface.
 */
export async function addressesOf(device: string, namespace?: string): Promise<string[] | undefined> {
  const inside = namespace === undefined ? [] : ['-n', namespace];
  const result = await run('ip', [...inside, '-o', 'addr', 'show', 'dev', device], { timeoutMs });
  if (result.code !== 0) return undefined;
  const found = result.stdout.matchAll(/^\d+: \S+\s+inet6? (\S+)(?: .*)? scope global/gm);
  return [...found].map((match) => match[1] ?? '');
}

export async function nft(rules: string): Promise<void> {
  expectSuccess('nft', [rules], await run('nft', ['-f', '-'], { timeoutMs, input: rules }));
}

/**
 * Lets nftables see what goes over this bridge, and no other bridge of the machine. `false` where the kernel cannot: the
 * module that does it comes with Debian's and Raspberry Pi OS's kernels, and is loaded on demand.
 */
export async function filterBridge(bridge: string): Promise<boolean> {
  if (!(await bridgeFilters())) await run('modprobe', ['br_netfilter'], { timeoutMs }).catch(() => undefined);
  if (!(await bridgeFilters())) return false;
  const args = [
    'link',
    'set',
    'dev',
    bridge,
    'type',
    'bridge',
    'nf_call_iptables',
    '1',
    'nf_call_ip6tables',
    '1',
  ];
  return (await run('ip', args, { timeoutMs })).code === 0;
}

function expectSuccess(program: string, lines: readonly string[], result: RunResult): void {
  if (result.code === 0) return;
  const words = result.stderr.trim().slice(0, 1_000) || `exit code ${result.code}`;
  const line = Number(/Command failed -:(\d+)/.exec(words)?.[1]);
  const command = Number.isNaN(line) ? '' : ` at \`ip ${lines[line - 1] ?? ''}\``;
  throw new Error(`${program} failed${command}: ${words}`);
}
