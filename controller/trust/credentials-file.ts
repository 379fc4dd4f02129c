import { readIfThere, writeDurably } from '@bramble/adapters/host/durable-file.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { belongTogether, type Credentials } from './x509/credentials.ts';

/** Key and certificate share one file, so that a crash between two writes cannot part them. */
export async function readCredentials(path: string): Promise<Credentials | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const key = block(text, 'PRIVATE KEY');
  const certificate = block(text, 'CERTIFICATE');
  if (key === undefined || certificate === undefined || !matching({ key, certificate }))
    throw new BrambleError(
      'BRAMBLE_TRUST_CORRUPT',
      `${path} does not hold a private key and its certificate`,
    );
  return { key, certificate };
}

export function writeCredentials(path: string, { key, certificate }: Credentials): Promise<void> {
  return writeDurably(path, `${key}${certificate}`);
}

function block(text: string, label: string): string | undefined {
  return new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----\n?`).exec(text)?.[0];
}

function matching(credentials: Credentials): boolean {
  try {
    return belongTogether(credentials);
  } catch {
    return false;
  }
}
