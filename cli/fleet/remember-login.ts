import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { FleetClient } from './client.ts';
import { type Login, ownLoginFile, writeLogin } from './login.ts';
import { print } from './run.ts';

interface LoginFlags {
  readonly user: string;
  readonly ca?: string;
  readonly token?: string;
  readonly login?: string;
}

/** Tries a login, and writes it down when the fleet lets it in. @throws Error with what is wrong. */
export async function rememberLogin(broker: string, flags: LoginFlags): Promise<void> {
  const url = brokerUrl(broker);
  const token = (flags.token ?? (await typedToken())).trim();
  if (token === '')
    throw new Error('no token was given: name it with --token, or hand it over on standard input');
  const ca = flags.ca === undefined ? {} : { ca: await authority(flags.ca) };
  const login: Login = { broker: url, user: flags.user, token, ...ca };
  const client = await FleetClient.connect(login);
  client.close();
  const file = flags.login ?? ownLoginFile();
  await writeLogin(file, login);
  print(`Logged in to ${url} as ${flags.user}; written to ${file}. Try: bramble get nodes`);
}

function brokerUrl(given: string): string {
  const url = URL.parse(given.includes('://') ? given : `mqtts://${given}`);
  if (!url || url.hostname === '') throw new Error(`"${given}" is no broker: write mqtts://HOST:8883`);
  if (url.protocol === 'mqtt:')
    throw new Error(
      `${given} would send the token in clear: Bramble’s brokers speak TLS, write mqtts://${url.host}`,
    );
  if (url.protocol !== 'mqtts:') throw new Error(`"${given}": the address of a broker begins with mqtts://`);
  return `mqtts://${url.hostname}:${url.port || '8883'}`;
}

async function authority(file: string): Promise<string> {
  const pem = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`${file} cannot be read: ${error.message}`);
  });
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error(`${file} holds no certificate (PEM)`);
  return pem;
}

async function typedToken(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Token (then Ctrl-D on a line of its own): ');
  return text(process.stdin);
}
