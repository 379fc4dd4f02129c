import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LinuxNetwork } from '@bramble/agent/network/linux/network.ts';
import { openPodman } from '@bramble/agent/runtime/podman/open.ts';
import type { ContainerRuntime } from '@bramble/agent/runtime/port.ts';
import { instanceName, runDirectory } from '@bramble/agent/runtime/run-directory.ts';
import { containerSpec } from '@bramble/agent/testing/real-podman.ts';
import { Cleaner } from '../../e2e/fixture/cleaner.ts';
import { freePodNetwork } from '../../e2e/fixture/machine.ts';

export interface BareTimes {
  readonly networkMs: number;
  readonly createMs: number;
  readonly startMs: number;
  readonly totalMs: number;
}

const mebibyte = 1_048_576;

/** Network and podman with nothing of Bramble above them but the adapters. */
export class BareRuntime {
  readonly #runtime: ContainerRuntime;
  readonly #network: LinuxNetwork;
  readonly #address: string;
  readonly #cleaner: Cleaner;

  static async open(): Promise<BareRuntime> {
    const folder = await mkdtemp(join(tmpdir(), 'bramble-e2e-'));
    const dataDir = join(folder, 'data');
    const { bridge, clusterCidr } = freePodNetwork();
    const cleaner = new Cleaner({ folder, bridge, dataDirs: [dataDir] });
    const network = new LinuxNetwork({
      bridge,
      prefix: `bramble-${instanceName(dataDir)}`,
      clusterCIDRs: [clusterCidr],
      runDir: runDirectory(dataDir),
    });
    await network.prepare([clusterCidr.replace('/16', '/24')]);
    const runtime = await openPodman({ dataDir, log: () => {} });
    return new BareRuntime(runtime, network, clusterCidr.replace('.0/16', '.9'), cleaner);
  }

  private constructor(runtime: ContainerRuntime, network: LinuxNetwork, address: string, cleaner: Cleaner) {
    this.#runtime = runtime;
    this.#network = network;
    this.#address = address;
    this.#cleaner = cleaner;
  }

  /** What the agent asks for on account of examples/hello.yaml; removed again, out of the measured time. */
  async makePod(): Promise<BareTimes> {
    const uid = randomUUID();
    const began = performance.now();
    const { path } = await this.#network.attach({ uid, addresses: [this.#address], hostPorts: [] });
    const attached = performance.now();
    const limits = { memoryLimitBytes: 64 * mebibyte, cpuRequestMilli: 50 };
    const { id } = await this.#runtime.create(containerSpec({ name: uid, network: path, ...limits }));
    const created = performance.now();
    await this.#runtime.start(id);
    const ended = performance.now();
    await this.#runtime.remove(id);
    await this.#network.detach(uid);
    return {
      networkMs: attached - began,
      createMs: created - attached,
      startMs: ended - created,
      totalMs: ended - began,
    };
  }

  async dispose(): Promise<void> {
    await this.#runtime.close();
    await this.#cleaner.clean();
  }
}
