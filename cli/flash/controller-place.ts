import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { controllerServerName, parseJoinToken } from '@bramble/protocol/join.ts';
import { targetOf } from '../client.ts';
import type { FlashSettings } from './settings.ts';

const timeoutMs = 3_000;
/** TEST-NET-1 (RFC 5737): nothing is sent there; the kernel only says by which address it would be. */
const elsewhere = '192.0.2.1';

/** Where the board will look for the controller. @throws Error where nobody said, and there is none on this machine */
export async function controllerUrl({ url, dataDir }: FlashSettings): Promise<string> {
  if (url !== undefined) return url;
  const target = await targetOf(dataDir).catch(() => undefined);
  const address = await ownAddress().catch(() => undefined);
  if (target === undefined || address === undefined)
    throw new Error(
      '--url: is missing; write the controller as boards reach it, such as https://192.168.1.10:6443',
    );
  return `https://${address}:${target.server.port}`;
}

async function ownAddress(): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.connect(9, elsewhere);
    await once(socket, 'connect');
    return socket.address().address;
  } finally {
    socket.close();
  }
}

/**
 * Whether the controller there is the one that the token was made by; `unknown` where it cannot be reached from here, which need not
 * mean that the board cannot either.
 */
export async function tokenFits(url: string, token: string): Promise<'yes' | 'no' | 'unknown'> {
  const pin = parseJoinToken(token)?.pin ?? '';
  const wanted = Buffer.from(pin, 'base64url').toString('hex').toUpperCase();
  const chain = await fingerprints(new URL(url)).catch(() => undefined);
  if (chain === undefined) return 'unknown';
  return chain.includes(wanted) ? 'yes' : 'no';
}

function fingerprints({ hostname, port }: URL): Promise<string[]> {
  // Nothing is sent on this connection: it is made to look at the certificates.
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 443),
    servername: controllerServerName,
    rejectUnauthorized: false,
  });
  return new Promise<string[]>((resolve, reject) => {
    socket.setTimeout(timeoutMs, () => reject(new Error('silent')));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const found = new Set<string>();
      for (let each = socket.getPeerCertificate(true); each?.fingerprint256; each = each.issuerCertificate) {
        const print = each.fingerprint256.replaceAll(':', '');
        if (found.has(print)) break;
        found.add(print);
      }
      resolve([...found]);
    });
  }).finally(() => socket.destroy());
}
