import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createAuthority, issueCredentials } from '@bramble/controller/trust/x509/authority.ts';
import { usageOf } from '../sessions/usage.ts';
import type { Subject } from './subject.ts';

export interface BareSettings {
  readonly directory: string;
  readonly key: string;
  readonly cert: string;
}

/** With the flags that the controller has. */
const flags = ['--max-semi-space-size=16'];

export async function startBare(directory: string): Promise<Subject> {
  const validity = { fromMs: Date.now() - 60_000, untilMs: Date.now() + 86_400_000 };
  const authority = await createAuthority('bench', validity);
  const subject = { commonName: 'localhost', use: 'server', names: ['localhost', '127.0.0.1'] } as const;
  const { key, certificate } = await issueCredentials(authority, subject, validity);
  const settings: BareSettings = { directory, key, cert: certificate + authority.certificate };
  const child = fork(join(import.meta.dirname, 'bare-main.ts'), [JSON.stringify(settings)], {
    execArgv: flags,
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    name: 'bare node:https',
    place: { port, ca: authority.certificate, token: 'bare' },
    usage: () => usageOf(child.pid ?? 0),
    stop: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
