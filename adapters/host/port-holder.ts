import { readdir, readFile, readlink } from 'node:fs/promises';
import { BrambleError } from '@bramble/protocol/errors.ts';

/** The process that keeps something to itself; `name` is its command line, shortened. */
export interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

const listening = '0A';
const shownNameLength = 80;

/**
 * Says who holds a TCP port, so that a person can act.
 * @param flag what chooses another port, such as `--mqtt-port`
 */
export async function portInUse(port: number, flag: string, cause?: unknown): Promise<BrambleError> {
  const holder = await portHolder(port);
  const who = holder
    ? `${holder.name} (process ${holder.pid})`
    : 'another process, which only root can name,';
  return new BrambleError(
    'BRAMBLE_PORT_IN_USE',
    `port ${port} is in use: ${who} listens there; stop it, or choose another port with ${flag}`,
    { cause },
  );
}

/** `undefined` when nobody listens there, or the holder belongs to another user and this one is not root. */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  const tables = await Promise.all([readOrEmpty('/proc/net/tcp'), readOrEmpty('/proc/net/tcp6')]);
  const inodes = new Set(tables.flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of await listOrEmpty('/proc')) {
    if (/^\d+$/.test(pid) && (await holdsSocket(pid, inodes))) return processNamed(Number(pid));
  }
  return undefined;
}

export async function processNamed(pid: number): Promise<PortHolder> {
  return { pid, name: await commandOf(`${pid}`) };
}

/** Inodes of the sockets listening on `port` in a table with the form of `/proc/net/tcp` (proc(5)). */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === listening)
    .map((fields) => fields[9] ?? '');
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  for (const fd of await listOrEmpty(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}

async function commandOf(pid: string): Promise<string> {
  const words = (await readOrEmpty(`/proc/${pid}/cmdline`)).split('\0');
  const name = shortCommand(words) || (await readOrEmpty(`/proc/${pid}/comm`)).trim() || 'a process';
  return name.length > shownNameLength ? `${name.slice(0, shownNameLength)}…` : name;
}

/**
 * The program, and its words from the first that is no option: for an interpreter that is the script, which tells what it
 * is. Of paths the last two parts.
 */
export function shortCommand([program = '', ...words]: readonly string[]): string {
  const script = words.findIndex((word) => !word.startsWith('-'));
  const telling = script < 0 ? words : words.slice(script);
  return [program, ...telling]
    .map((word) => word.replace(/^\/.*\/([^/]+\/[^/]+)$/, '$1'))
    .join(' ')
    .trim();
}

function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function listOrEmpty(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}
