import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { birthOf } from '@bramble/controller/fleet/testing/fleet-world.ts';
import { createAuthority, issueCredentials } from '@bramble/controller/trust/x509/authority.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { ControllerProcess, loginOf } from '../../e2e/fixture/controller-process.ts';
import { eventually } from '../../e2e/fixture/eventually.ts';
import { BindingClient, type Place } from './binding-client.ts';
import { pods } from './pods.ts';

export interface Delays {
  /** POST sent → answered, on disk. */
  readonly answeredMs: number[];
  /** POST sent → a watch has told of the board. */
  readonly boundMs: number[];
}

export interface Latencies {
  readonly bramble: Delays;
  readonly bare: Delays;
}

const boardCount = 10;
/** One pod after the other, each after a pause: nobody waits for anybody else. */
const betweenMs = 20;

/** A real controller with boards that it takes for Ready, and beside it the least of servers, by turns. */
export async function latencies(count: number): Promise<Latencies> {
  const controller = await ControllerProcess.start();
  const links = await registerBoards(controller);
  const bare = await startBare();
  try {
    const place = { port: controller.httpsPort, ca: controller.ca, token: controller.adminToken };
    return await byTurns(await BindingClient.open(place), await BindingClient.open(bare.place), count);
  } finally {
    for (const link of links) link.connection.close();
    bare.stop();
    await controller.stop();
  }
}

async function byTurns(bramble: BindingClient, bare: BindingClient, count: number): Promise<Latencies> {
  const delays = { bramble: noDelays(), bare: noDelays() };
  const warming = Math.ceil(count / 4);
  for (const [index, pod] of pods(warming + count).entries()) {
    for (const [to, client] of [
      [delays.bramble, bramble],
      [delays.bare, bare],
    ] as const) {
      const { answeredMs, boundMs } = await client.bind(anywhere(pod));
      if (index >= warming) {
        to.answeredMs.push(answeredMs);
        to.boundMs.push(boundMs);
      }
      await pause(betweenMs);
    }
  }
  bramble.close();
  bare.close();
  return delays;
}

const noDelays = (): Delays => ({ answeredMs: [], boundMs: [] });

/** As kubectl sends it, for any of the boards. */
function anywhere(pod: ReturnType<typeof pods>[number]): object {
  const { name, labels } = pod.metadata;
  const { containers } = pod['spec'] as { containers: { name: string; image: string }[] };
  const [{ name: container, image } = { name: 'main', image: 'x' }] = containers;
  const resources = { requests: { cpu: '10m', memory: '16Mi' } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels },
    spec: { containers: [{ name: container, image, resources }] },
  };
}

/** They join over HTTPS and say their birth over MQTT as an agent does; what they are ordered they do not do. */
async function registerBoards(
  controller: ControllerProcess,
): Promise<ReturnType<ControllerProcess['open']>[]> {
  const names = Array.from({ length: boardCount }, (_, index) => `board-${index}`);
  const token = await controller.createJoinToken({ uses: boardCount });
  const links = [];
  for (const node of names) {
    const login = loginOf(await controller.join(node, token));
    const link = controller.open(login, { clientId: node });
    await link.connected();
    const said = birthOf();
    const birth = { ...said, machine: { ...said.machine, machineId: `machine-${node}` } };
    await link.publish(topics.nodeSession(node), JSON.stringify(birth), 1, true);
    links.push(link);
  }
  await eventually('all boards Ready', async () => {
    const { text } = await controller.ask('/api/v1/nodes');
    const ready = text.split('"type":"Ready","status":"True"').length - 1;
    return ready === boardCount || undefined;
  });
  return links;
}

async function startBare(): Promise<{ place: Place; stop: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'bramble-bench-'));
  const validity = { fromMs: Date.now() - 60_000, untilMs: Date.now() + 3_600_000 };
  const authority = await createAuthority('bench', validity);
  const subject = { commonName: 'localhost', use: 'server', names: ['localhost'] } as const;
  const { key, certificate } = await issueCredentials(authority, subject, validity);
  const settings = { directory: join(folder, 'store'), key, cert: certificate };
  const child = fork(join(import.meta.dirname, 'bare-main.ts'), [JSON.stringify(settings)]);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const stop = (): void => {
    child.disconnect();
    rmSync(folder, { recursive: true });
  };
  return { place: { port, ca: authority.certificate, token: '' }, stop };
}
