import { readFile } from 'node:fs/promises';
import { parseJoinToken } from '@bramble/protocol/join.ts';
import { type FlashSettings, wifiPassword } from './settings.ts';

const longestFileBytes = 65_536;
/** sshd(8), AUTHORIZED_KEYS: type, base64, and a comment; options in front are left out on purpose. */
const publicKey =
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{16,}={0,3}( .*)?$/;

/** The token, as it was typed or from its file. @throws Error naming the flag */
export async function tokenOf({ token, tokenFile }: FlashSettings): Promise<string> {
  if (token !== undefined) return token;
  const text = (await read('--token-file', tokenFile ?? '')).trim();
  if (!parseJoinToken(text))
    throw new Error(`--token-file: ${tokenFile} holds no join token: one looks like bramble1.….….…`);
  return text;
}

export async function passwordOf(settings: FlashSettings): Promise<string | undefined> {
  const { wifiPassword: typed, wifiPasswordFile: path } = settings;
  if (path === undefined) return typed;
  // The end of the line is the editor's; any other space may belong to the password.
  const text = (await read('--wifi-password-file', path)).replace(/\r?\n$/, '');
  const parsed = wifiPassword.safeParse(text);
  if (!parsed.success) throw new Error(`--wifi-password-file: ${path}: ${parsed.error.issues[0]?.message}`);
  return text;
}

export async function authorizedKeysOf({ sshKey }: FlashSettings): Promise<readonly string[]> {
  if (sshKey === undefined) return [];
  const text = await read('--ssh-key', sshKey);
  if (text.includes('PRIVATE KEY'))
    throw new Error(
      `--ssh-key: ${sshKey} is a private key, which must not leave this machine: name ${sshKey}.pub`,
    );
  const keys = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const wrong = keys.find((key) => !publicKey.test(key));
  if (wrong !== undefined || keys.length === 0)
    throw new Error(
      `--ssh-key: ${sshKey} holds no public key in OpenSSH’s form (ssh-ed25519 AAAA…): ${JSON.stringify((wrong ?? '').slice(0, 40))}`,
    );
  return keys;
}

async function read(flag: string, path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: Error) => {
    throw new Error(`${flag}: ${path} cannot be read: ${error.message}`);
  });
  if (bytes.length > longestFileBytes) throw new Error(`${flag}: ${path} is too long to be one`);
  return bytes.toString();
}
