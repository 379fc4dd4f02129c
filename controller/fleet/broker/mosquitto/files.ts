import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '@bramble/adapters/host/durable-file.ts';
import { UsageError } from '@bramble/adapters/host/process.ts';
import { fileNames, initialAccess, mosquittoConfiguration } from './configuration.ts';

export interface MosquittoFiles {
  /** Where they are written. */
  readonly out: string;
  /** Where mosquitto will find them. */
  readonly at: string;
  readonly port: number;
  readonly usersPort: number;
  /** Whom mosquitto becomes; the files are given to that user where root writes them. */
  readonly user: string | undefined;
  /** Path of the plugin on the broker's machine. */
  readonly plugin: string | undefined;
  /** Whether what mosquitto has learned by now is thrown away. */
  readonly newAccess: boolean;
  /** PEM: whose certificates clients show. */
  readonly clientAuthority: string;
  readonly server: { readonly certificate: string; readonly key: string };
}

/** Debian's mosquitto runs as this user. */
const defaultUser = 'mosquitto';
const pluginFile = 'mosquitto_dynamic_security.so';
const triplets: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/** Writes the files; what the plugin keeps is written over only when that is asked for. */
export async function writeMosquittoFiles(files: MosquittoFiles): Promise<{ readonly keptAccess: boolean }> {
  const { out, at, port, usersPort, user, clientAuthority, server } = files;
  const owner = await ownerOf(user);
  const plugin = files.plugin ?? (await pluginPath());
  const access = join(out, fileNames.access);
  const keptAccess = existsSync(access) && !files.newAccess;
  const configuration = mosquittoConfiguration({ folder: at, plugin, port, usersPort, user });
  await mkdir(out, { recursive: true, mode: 0o700 });
  await writeDurably(join(out, fileNames.clientAuthority), clientAuthority, 0o644);
  await writeDurably(join(out, fileNames.certificate), server.certificate, 0o644);
  await writeDurably(join(out, fileNames.key), server.key);
  if (!keptAccess) await writeDurably(access, initialAccess());
  await writeDurably(join(out, fileNames.configuration), configuration, 0o644);
  if (owner) await give(out, owner);
  return { keptAccess };
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** mosquitto gives up root before it reads its key. @throws UsageError for a user that was named and is not there */
async function ownerOf(name: string = defaultUser): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = await readFile('/etc/passwd', 'utf8');
  const entry = users.split('\n').find((line) => line.startsWith(`${name}:`));
  const [, , uid, gid] = entry?.split(':') ?? [];
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  if (name === defaultUser) return undefined;
  throw new UsageError(`--user: there is no user ${name} on this machine`);
}

async function give(folder: string, { uid, gid }: Owner): Promise<void> {
  for (const name of Object.values(fileNames)) await chown(join(folder, name), uid, gid);
  await chown(folder, uid, gid);
  await chmod(folder, 0o700);
}

/** Of this machine's mosquitto; of Debian's for this processor where there is none here. */
async function pluginPath(): Promise<string> {
  const folders = await readdir('/usr/lib').catch(() => []);
  const found = ['.', ...folders]
    .map((name) => join('/usr/lib', name, pluginFile))
    .find((path) => existsSync(path));
  return found ?? `/usr/lib/${triplets[process.arch] ?? triplets['x64']}/${pluginFile}`;
}
