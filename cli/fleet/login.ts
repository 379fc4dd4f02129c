import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from '@bramble/protocol/zod.ts';

/** How a person reaches a fleet: its broker, and who asks. */
export const login = z.strictObject({
  /** Such as `mqtts://192.168.1.10:8883`. */
  broker: z.string(),
  user: z.string(),
  token: z.string(),
  /** PEM: the authority that signed the broker's certificate; the machine's own list of authorities unless told. */
  ca: z.optional(z.string()),
});
export type Login = z.infer<typeof login>;

export interface LoginPlaces {
  /** Named by a flag: nothing else is looked at. */
  readonly file?: string | undefined;
  /** Of a Bramble on this machine. */
  readonly dataDir: string;
}

/** Where `bramble login` writes. */
export function ownLoginFile(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  return join(base, 'bramble', 'login.json');
}

/** What `bramble up` writes for the person at this machine. */
export function localLoginFile(dataDir: string): string {
  return join(dataDir, 'login.json');
}

/** The login of `--login`, else of this machine's Bramble, else of `bramble login`. @throws Error saying what to do. */
export async function findLogin({ file, dataDir }: LoginPlaces): Promise<Login> {
  const places = file === undefined ? [localLoginFile(dataDir), ownLoginFile()] : [file];
  for (const place of places) {
    const text = await readFile(place, 'utf8').catch((error: NodeJS.ErrnoException) => missing(error, place));
    if (text !== undefined) return parseLogin(text, place);
  }
  throw new Error(
    `no fleet is known (looked at ${places.join(' and ')}): start one here with \`npm start\`, or name one with \`bramble login mqtts://HOST:8883 --user NAME --ca FILE\``,
  );
}

function missing(error: NodeJS.ErrnoException, place: string): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw new Error(`${place} cannot be read: ${error.message}`);
}

function parseLogin(text: string, place: string): Login {
  try {
    return login.parse(JSON.parse(text));
  } catch {
    throw new Error(`${place} is no login: write it anew with \`bramble login\``);
  }
}

/** For its owner alone: it holds a token. */
export async function writeLogin(file: string, what: Login): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, `${JSON.stringify(what, undefined, 2)}\n`, { mode: 0o600 });
  await chmod(`${file}.new`, 0o600);
  await rename(`${file}.new`, file);
}
