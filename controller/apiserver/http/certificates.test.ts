import assert from 'node:assert/strict';
import { request } from 'node:https';
import { test } from 'node:test';
import { createAuthority, issueCredentials } from '../../trust/x509/authority.ts';
import { requireUser } from './authenticate.ts';
import { listen } from './listen.ts';
import type { Credentials } from './ports.ts';

const validity = { fromMs: Date.now() - 60_000, untilMs: Date.now() + 3_600_000 };

test('client certificates reach the authenticator, believed only from our authority', async () => {
  const ours = await createAuthority('ours', validity);
  const theirs = await createAuthority('theirs', validity);
  const names = ['127.0.0.1'];
  const server = await issueCredentials(ours, { commonName: 'server', use: 'server', names }, validity);
  const seen: Credentials[] = [];
  const listening = await listen(
    (incoming, response) => {
      const authenticator = {
        authenticate: (credentials: Credentials) => {
          seen.push(credentials);
          return undefined;
        },
      };
      requireUser(authenticator, incoming).catch(() => response.end());
    },
    {
      host: '127.0.0.1',
      port: 0,
      certificate: server.certificate,
      privateKey: server.key,
      clientAuthorities: ours.certificate,
    },
  );
  const visit = (cert?: string, key?: string) =>
    new Promise<void>((resolve, reject) => {
      const url = `https://127.0.0.1:${listening.port}/`;
      const sent = request(url, { ca: ours.certificate, cert, key, agent: false }, (response) => {
        response.resume();
        response.on('end', () => resolve());
      });
      sent.on('error', reject);
      sent.end();
    });
  const client = { commonName: 'admin', use: 'client' } as const;
  const good = await issueCredentials(ours, client, validity);
  const forged = await issueCredentials(theirs, client, validity);
  try {
    await visit(good.certificate, good.key);
    await visit(forged.certificate, forged.key);
    await visit();
    assert.deepEqual(
      seen.map(({ peerCertificate }) => peerCertificate?.verified),
      [true, false, undefined],
    );
    const renewed = await issueCredentials(theirs, { commonName: 'server', use: 'server', names }, validity);
    listening.renew({
      certificate: renewed.certificate,
      privateKey: renewed.key,
      clientAuthorities: ours.certificate,
    });
    await assert.rejects(visit(), /certificate/);
  } finally {
    await listening.close();
  }
});
