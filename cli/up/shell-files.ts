import { chown, mkdir, readFile, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Login, localLoginFile, writeLogin } from '../fleet/login.ts';
import { writeBrambleScript, writePrivately } from './bramble-script.ts';
import type { BrokerPlaces } from './broker-places.ts';
import { kubectlFolder } from './kubectl.ts';
import { shellQuoted, unquotedPath } from './shell-words.ts';

export interface ShellFacts {
  readonly dataDir: string;
  readonly httpsPort: number;
  /** Where the broker takes a name and a token. */
  readonly broker: BrokerPlaces['users'];
  readonly user: string;
  readonly token: string;
  /** Path of a kubectl that fits, if there is one. */
  readonly kubectl: string | undefined;
}

/** Writes `.bramble/kubeconfig`, `.bramble/env` and `.bramble/bin/`: what a second shell needs. For the owner alone. */
export async function writeShellFiles(facts: ShellFacts): Promise<void> {
  const bin = kubectlFolder(facts.dataDir);
  await mkdir(bin, { recursive: true });
  await writePrivately(join(facts.dataDir, 'kubeconfig'), await kubeconfig(facts), 0o600);
  await writeBrambleScript(facts.dataDir);
  if (facts.kubectl) await link(facts.kubectl, join(bin, 'kubectl'));
  await writePrivately(join(facts.dataDir, 'env'), environment(facts), 0o600);
  await writeLogin(localLoginFile(facts.dataDir), await loginOf(facts));
  await giveToCaller(facts.dataDir, ['', 'kubeconfig', 'env', 'login.json', 'ca.crt', 'bin', 'bin/bramble']);
}

/** With sudo the files belong to root; the person who typed it must be able to read them in a second shell. */
async function giveToCaller(dataDir: string, names: readonly string[]): Promise<void> {
  const user = Number(process.env['SUDO_UID']);
  const group = Number(process.env['SUDO_GID']);
  if (!Number.isInteger(user) || !Number.isInteger(group) || process.getuid?.() !== 0) return;
  for (const name of names) await chown(join(dataDir, name), user, group);
}

async function kubeconfig({ dataDir, httpsPort, user, token }: ShellFacts): Promise<string> {
  const authority = (await readFile(authorityFile(dataDir))).toString('base64');
  const server = `https://127.0.0.1:${httpsPort}`;
  // JSON is YAML as well, and needs no library.
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bramble',
    clusters: [{ name: 'bramble', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'bramble', context: { cluster: 'bramble', user } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

const authorityFile = (dataDir: string): string => join(dataDir, 'ca.crt');

/** The first user’s token, which the controller has written. */
export async function readToken(dataDir: string): Promise<string> {
  return (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
}

function environment({ dataDir, broker, user, token }: ShellFacts): string {
  const authority = unquotedPath(authorityFile(dataDir));
  const mqtt = `-h ${broker.host.replace(/^\[|\]$/g, '')} -p ${broker.port} --cafile ${authority} -u ${user} -P ${token}`;
  const bin = shellQuoted(kubectlFolder(dataDir));
  return [
    '# Written by `bramble up`. Use it with: source .bramble/env',
    '# $BRAMBLE_MQTT is used without quotes, to be split into words; zsh does so after: setopt sh_word_split glob_subst',
    `export KUBECONFIG=${shellQuoted(join(dataDir, 'kubeconfig'))}`,
    `export BRAMBLE_DATA_DIR=${shellQuoted(dataDir)}`,
    `export BRAMBLE_MQTT='${mqtt.replaceAll("'", `'\\''`)}'`,
    `case ":$PATH:" in *:${bin}:*) ;; *) export PATH=${bin}:"$PATH" ;; esac`,
    '',
  ].join('\n');
}

async function loginOf({ dataDir, broker, user, token }: ShellFacts): Promise<Login> {
  const ca = await readFile(authorityFile(dataDir), 'utf8');
  return { broker: `mqtts://${broker.host}:${broker.port}`, user, token, ca };
}

async function link(target: string, path: string): Promise<void> {
  await unlink(path).catch(() => {});
  await symlink(target, path);
}
