import { type ChildProcess, spawn } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { LogEntry } from '@bramble/actors/index.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { createMqttDialer } from '@bramble/adapters/mqtt/dialer.ts';
import type { DialOptions } from '@bramble/adapters/mqtt/port.ts';
import { Recorder } from '@bramble/adapters/mqtt/recorder.testing.ts';
import { createRequest } from '@bramble/agent/trust/x509/request.ts';
import type { AuthTable } from '@bramble/controller/fleet/broker/identify.ts';
import type { BrokerLimits } from '@bramble/controller/fleet/broker/limits.ts';
import { type BrokerHandle, startBroker } from '@bramble/controller/fleet/broker/start-broker.ts';
import { openTrust, type Trust } from '@bramble/controller/trust/trust.ts';
import { newKeyPem } from '@bramble/controller/trust/x509/authority.ts';
import { controllerServerName } from '@bramble/protocol/join.ts';

interface Login {
  readonly cert?: string;
  readonly key?: string;
  readonly username?: string;
  readonly password?: string;
}

export interface RunResult {
  readonly code: number | null;
  readonly output: string;
}

/** A real broker with its real trust on loopback, and ways to speak to it as anybody. */
export class Bench {
  readonly log: LogEntry[] = [];
  readonly dir: string;
  readonly trust: Trust;
  broker!: BrokerHandle;
  readonly tokens: Record<string, string> = {};

  static async start(
    t: TestContext,
    options: { limits?: Partial<BrokerLimits>; entry?: URL; boards?: AuthTable['boards'] } = {},
  ): Promise<Bench> {
    const dir = await mkdtemp(join(tmpdir(), 'bramble-broker-'));
    const trust = await openTrust(
      dir,
      createHost(() => {}),
    );
    const bench = new Bench(dir, trust);
    for (const role of ['admin', 'edit', 'view'] as const)
      bench.tokens[role] = await trust.users.create(role, role);
    const server = await trust.certificates.server(['localhost', '127.0.0.1']);
    await writeFile(join(dir, 'ca.pem'), trust.caPem);
    bench.broker = await startBroker({
      port: 0,
      host: '127.0.0.1',
      tls: { ...server, clientAuthority: trust.clientCaPem },
      auth: { users: trust.users.records, boards: options.boards },
      system: createHost((entry) => bench.log.push(entry)),
      ...(options.limits && { limits: options.limits }),
      ...(options.entry && { entry: options.entry }),
    });
    t.after(async () => {
      await bench.broker.close();
      await rm(dir, { recursive: true });
    });
    return bench;
  }

  private constructor(dir: string, trust: Trust) {
    this.dir = dir;
    this.trust = trust;
  }

  open(t: TestContext, login: Login, dial: Partial<DialOptions> & { clientId: string }): Recorder {
    const dialer = createMqttDialer({
      url: `mqtts://127.0.0.1:${this.broker.port}`,
      ca: this.trust.caPem,
      serverName: controllerServerName,
      ...login,
    });
    const recorder = new Recorder(dialer, dial);
    t.after(() => recorder.connection.close());
    return recorder;
  }

  async controller(t: TestContext, filters: string[], clientId = 'controller'): Promise<Recorder> {
    const { certificate: cert, key } = await this.trust.certificates.controllerClient();
    const recorder = this.open(t, { cert, key }, { clientId, filters });
    await recorder.connected();
    return recorder;
  }

  async boardLogin(node: string): Promise<{ cert: string; key: string }> {
    const key = newKeyPem();
    const csr = await createRequest(createPrivateKey(key));
    const cert = await this.trust.certificates.issueNode(csr, node);
    if (cert === undefined) throw new Error('no certificate');
    return { cert, key };
  }

  user(name: 'admin' | 'edit' | 'view'): { username: string; password: string } {
    return { username: name, password: this.tokens[name] ?? '' };
  }

  /** The arguments that README tells people to use. */
  mosquittoArguments(username: string, password: string): string[] {
    return [
      ...['-h', 'localhost', '-p', String(this.broker.port), '--cafile', join(this.dir, 'ca.pem')],
      ...['-u', username, '-P', password],
    ];
  }

  async run(t: TestContext, command: string, args: readonly string[]): Promise<RunResult> {
    const child = this.spawn(t, command, args);
    return child.ended;
  }

  spawn(
    t: TestContext,
    command: string,
    args: readonly string[],
  ): { child: ChildProcess; ended: Promise<RunResult>; output: () => string } {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const ended = new Promise<RunResult>((resolve) =>
      child.once('close', (code) => resolve({ code, output })),
    );
    t.after(() => child.kill('SIGKILL'));
    return { child, ended, output: () => output };
  }
}

/** Asks again until it holds; fails after half a minute with what was seen last. */
export async function untilHolds<T>(ask: () => Promise<T> | T, holds: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`not in time; last seen: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
