import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ActorSystem, type LogEntry, supervisor } from '@bramble/actors/index.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { createMqttDialer } from '@bramble/adapters/mqtt/dialer.ts';
import type { DialOptions } from '@bramble/adapters/mqtt/port.ts';
import { Recorder } from '@bramble/adapters/mqtt/recorder.testing.ts';
import type { AuthTable } from '@bramble/controller/fleet/broker/identify.ts';
import { writeMosquittoFiles } from '@bramble/controller/fleet/broker/mosquitto/files.ts';
import { type OutsideBroker, outsideBroker } from '@bramble/controller/fleet/broker/outside-broker.ts';
import { openTrust, type Trust } from '@bramble/controller/trust/trust.ts';
import { newKeyPem } from '@bramble/controller/trust/x509/authority.ts';
import { inspectCertificate } from '@bramble/controller/trust/x509/inspect.ts';
import { brokerServerName } from '@bramble/protocol/join.ts';
import { Background } from '../e2e/fixture/background.ts';
import { eventually } from '../e2e/fixture/eventually.ts';
import { freePorts } from '../e2e/fixture/machine.ts';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly serial: string;
}

export type Proof =
  | { readonly cert: string; readonly key: string }
  | { readonly username: string; readonly password: string };

/** A real mosquitto with the files that Bramble writes, and the part of the controller that tells it who may do what. */
export class MosquittoBench {
  readonly log: LogEntry[] = [];
  readonly folder: string;
  readonly trust: Trust;
  readonly #ports: readonly [number, number];
  #table: AuthTable = { users: [], boards: {}, groups: {} };
  #broker!: OutsideBroker;
  #process: Background | undefined;

  static async start(t: TestContext): Promise<MosquittoBench> {
    const folder = await mkdtemp(join(tmpdir(), 'bramble-mosquitto-'));
    const trust = await openTrust(
      folder,
      createHost(() => {}),
    );
    const [port = 0, usersPort = 0] = await freePorts(2);
    const bench = new MosquittoBench(folder, trust, [port, usersPort]);
    t.after(() => rm(folder, { recursive: true }));
    await bench.writeFiles();
    await bench.startMosquitto();
    t.after(() => bench.stopMosquitto());
    await bench.#startKeeper(t);
    return bench;
  }

  private constructor(folder: string, trust: Trust, ports: readonly [number, number]) {
    this.folder = folder;
    this.trust = trust;
    this.#ports = ports;
  }

  async writeFiles(newAccess = false): Promise<void> {
    const out = join(this.folder, 'mosquitto');
    const [port, usersPort] = this.#ports;
    const { clientCaPem: clientAuthority, certificates } = this.trust;
    const server = await certificates.brokerServer(['localhost', '127.0.0.1']);
    const place = { out, at: out, port, usersPort, user: 'root', plugin: undefined };
    await writeMosquittoFiles({ ...place, newAccess, clientAuthority, server });
  }

  async startMosquitto(): Promise<void> {
    const file = join(this.folder, 'mosquitto', 'mosquitto.conf');
    this.#process = new Background('mosquitto', ['-c', file], { env: process.env });
    await this.#process.printed(/ running$/m);
  }

  async stopMosquitto(): Promise<void> {
    await this.#process?.stop();
  }

  async #startKeeper(t: TestContext): Promise<void> {
    const { certificate: cert, key } = await this.trust.certificates.controllerClient();
    this.#broker = outsideBroker({
      url: this.#url(0),
      usersPort: this.#ports[1],
      dialer: createMqttDialer({
        url: this.#url(0),
        ca: this.trust.caPem,
        cert,
        key,
        serverName: brokerServerName,
      }),
      auth: this.#table,
    });
    this.trust.users.onToken((name, token) => this.#broker.hearToken(name, token));
    const system = new ActorSystem(
      createHost((entry) => void this.log.push(entry)),
      { onRootFailure: (error) => assert.fail(String(error)) },
    );
    const { keeper } = this.#broker;
    system.run(
      'root',
      supervisor(() => [keeper]),
    );
    t.after(() => system.stop());
    await this.settled();
  }

  #url(which: 0 | 1): string {
    return `mqtts://127.0.0.1:${this.#ports[which]}`;
  }

  settled(): Promise<void> {
    return this.#broker.settled();
  }

  /** What the controller's store and users say from now on; resolves when the broker knows. */
  async let(boards: AuthTable['boards'], groups: AuthTable['groups'] = {}): Promise<void> {
    this.#table = { users: this.trust.users.records, boards, groups };
    this.#broker.updateAuth(this.#table);
    await this.settled();
  }

  async certificate(node: string): Promise<Certificate> {
    const key = newKeyPem();
    const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string;
    const cert = await this.trust.certificates.issueNodeKey(publicKey, node);
    return { cert, key, serial: inspectCertificate(cert).serial };
  }

  open(t: TestContext, proof: Proof, dial: Partial<DialOptions> & { clientId: string }): Recorder {
    const url = this.#url('cert' in proof ? 0 : 1);
    const { caPem: ca } = this.trust;
    const recorder = new Recorder(
      createMqttDialer({ url, ca, serverName: brokerServerName, ...proof }),
      dial,
    );
    t.after(() => recorder.connection.close());
    return recorder;
  }

  async controller(t: TestContext, filters: string[]): Promise<Recorder> {
    const { certificate: cert, key } = await this.trust.certificates.controllerClient();
    const recorder = this.open(t, { cert, key }, { clientId: 'controller', filters });
    await recorder.connected();
    return recorder;
  }

  /** A proof for the wrong door: a certificate where users come in, a name and token where boards do. */
  async atOtherDoor(t: TestContext, proof: Proof): Promise<string> {
    const url = this.#url('cert' in proof ? 1 : 0);
    const { caPem: ca } = this.trust;
    const dialer = createMqttDialer({ url, ca, serverName: brokerServerName, ...proof });
    const recorder = new Recorder(dialer, { clientId: 'lost' });
    t.after(() => recorder.connection.close());
    return recorder.closed();
  }

  logged(pattern: RegExp): Promise<LogEntry> {
    return eventually(`${pattern} in the log`, () => this.log.find(({ message }) => pattern.test(message)));
  }
}
