import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { accessOf } from '@bramble/controller/fleet/broker/access.ts';
import { fileNames } from '@bramble/controller/fleet/broker/mosquitto/configuration.ts';
import { writeMosquittoFiles } from '@bramble/controller/fleet/broker/mosquitto/files.ts';
import { aclsOf } from '@bramble/controller/fleet/broker/mosquitto/wanted-clients.ts';
import { nodeSubject } from '@bramble/controller/trust/certificates.ts';
import { Background } from '../../e2e/fixture/background.ts';
import { eventually } from '../../e2e/fixture/eventually.ts';
import { freePorts } from '../../e2e/fixture/machine.ts';
import type { EmbeddedStart } from './embedded-main.ts';
import type { Parties } from './parties.ts';

/** A broker in a process of its own, so that what it uses is its own. */
export interface BenchBroker {
  readonly name: 'embedded' | 'mosquitto';
  readonly port: number;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** As `bramble up` starts the controller, whose thread it is. */
const controllerFlags = ['--max-semi-space-size=2', '--disable-warning=ExperimentalWarning'];

export async function startEmbedded(folder: string, { trust, boards }: Parties): Promise<BenchBroker> {
  const server = await trust.certificates.server(['127.0.0.1']);
  const start: EmbeddedStart = {
    tls: { ...server, clientAuthority: trust.clientCaPem },
    boards: Object.fromEntries(boards.map(({ node, serial }) => [node, serial])),
  };
  const file = join(folder, 'embedded.json');
  await writeFile(file, JSON.stringify(start), { mode: 0o600 });
  const flags = [...controllerFlags, ...profilerFlags(folder)];
  const main = join(import.meta.dirname, 'embedded-main.ts');
  const env = { ...process.env, MALLOC_ARENA_MAX: '1' };
  const process_ = new Background(process.execPath, [...flags, main, file], { env });
  const [, port = ''] = await process_.printed(/^listens on (\d+)$/m);
  return { name: 'embedded', port: Number(port), pid: process_.pid, stop: () => end(process_) };
}

/** BENCH_CPU_PROFILE=FOLDER: where the broker's time goes, for chrome://inspect. */
function profilerFlags(folder: string): string[] {
  const profiles = process.env['BENCH_CPU_PROFILE'];
  return profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles || folder}`];
}

/** With the configuration that `bramble broker-config mosquitto` writes, and all boards' rights in its access file. */
export async function startMosquitto(folder: string, parties: Parties): Promise<BenchBroker> {
  const { trust } = parties;
  const out = join(folder, 'mosquitto');
  const [port = 0, usersPort = 0] = await freePorts(2);
  const server = await trust.certificates.brokerServer(['127.0.0.1']);
  const place = { out, at: out, port, usersPort, user: 'root', plugin: undefined, newAccess: true };
  await writeMosquittoFiles({ ...place, clientAuthority: trust.clientCaPem, server });
  await letBoardsIn(join(out, fileNames.access), parties);
  const conf = join(out, fileNames.configuration);
  const process_ = new Background('mosquitto', ['-c', conf], { env: process.env });
  await process_.printed(/ running$/m);
  await eventually('mosquitto to listen', () => answers(port));
  return { name: 'mosquitto', port, pid: process_.pid, stop: () => end(process_) };
}

/** What the controller would tell the plugin one by one. */
async function letBoardsIn(file: string, { boards }: Parties): Promise<void> {
  const access = JSON.parse(await readFile(file, 'utf8')) as { roles: unknown[]; clients: unknown[] };
  for (const { node, serial } of boards) {
    const rolename = `bramble-board-${node}`;
    access.roles.push({ rolename, acls: aclsOf(accessOf({ type: 'node', node })) });
    access.clients.push({ username: nodeSubject(node, serial), roles: [{ rolename }] });
  }
  await writeFile(file, JSON.stringify(access));
}

async function end(broker: Background): Promise<void> {
  broker.signal('SIGTERM');
  await broker.ended().catch(() => broker.stop());
}

function answers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });
}
