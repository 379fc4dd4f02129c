import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FleetPlace } from './fleet-store.ts';
import { freePorts } from './ports.ts';
import { type Usage, usageOf } from './usage.ts';

/** Debian's mosquitto with TLS and client certificates, and no rules about who may do what: the least that a broker does. */
export class BenchMosquitto {
  readonly #child: ChildProcess;
  readonly port: number;

  static async start(folder: string, server: FleetPlace['server'], port?: number): Promise<BenchMosquitto> {
    const [free = 0] = port === undefined ? await freePorts(1) : [port];
    const chosen = port ?? free;
    const file = writeConfiguration(folder, server, chosen);
    const broker = new BenchMosquitto(spawn('mosquitto', ['-c', file], { stdio: 'ignore' }), chosen);
    for (let look = 0; look < 200; look += 1) {
      if (await answers(chosen)) return broker;
      await pause(50);
    }
    await broker.kill();
    throw new Error('mosquitto does not listen');
  }

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  get usage(): Usage {
    return usageOf(this.#child.pid ?? 0);
  }

  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit');
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.kill('SIGKILL'))
      await ended;
  }
}

function writeConfiguration(folder: string, server: FleetPlace['server'], port: number): string {
  const path = (name: string): string => join(folder, name);
  writeFileSync(path('mosquitto-ca.crt'), server.clientAuthority);
  writeFileSync(path('mosquitto.crt'), server.certificate);
  writeFileSync(path('mosquitto.key'), server.key, { mode: 0o600 });
  const lines = [
    ...['user root', 'persistence false', 'log_type error', `listener ${port} 127.0.0.1`],
    ...[`cafile ${path('mosquitto-ca.crt')}`, `certfile ${path('mosquitto.crt')}`],
    ...[`keyfile ${path('mosquitto.key')}`, 'require_certificate true', 'use_identity_as_username true'],
    'set_tcp_nodelay true',
  ];
  writeFileSync(path('mosquitto.conf'), `${lines.join('\n')}\n`);
  return path('mosquitto.conf');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}
