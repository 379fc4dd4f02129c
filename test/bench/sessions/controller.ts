import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { project } from '../../e2e/fixture/bramble.ts';
import { freePorts } from './ports.ts';
import { noUsage, type Usage, usageOf } from './usage.ts';

const readyMs = 120_000;
const answerMs = 60_000;

/** `bramble up --controller-only`, with room for thousands of boards' addresses. */
export class BenchController {
  readonly #up: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #dataDir: string;
  readonly httpsPort: number;
  readonly mqttPort: number;
  #output = '';

  /** Resolves when it is ready. @throws Error with what it said when it never is */
  static async start(dataDir: string, nodeFlags: readonly string[] = []): Promise<BenchController> {
    const controller = new BenchController(dataDir, await freePorts(2), nodeFlags);
    await controller.#said('Bramble is ready').catch(async () => {
      await controller.stop();
      throw new Error(`the controller did not start:\n${controller.log}`);
    });
    return controller;
  }

  private constructor(
    dataDir: string,
    [httpsPort = 0, mqttPort = 0]: readonly number[],
    flags: readonly string[],
  ) {
    this.#dataDir = dataDir;
    this.httpsPort = httpsPort;
    this.mqttPort = mqttPort;
    const ports = ['--https-port', `${httpsPort}`, '--mqtt-port', `${mqttPort}`];
    // Each board gets 254 addresses: the usual range is for 256 boards.
    const ranges = ['--cluster-cidr', '10.0.0.0/8', '--service-cidr', '172.20.0.0/16'];
    const words = ['up', '--controller-only', '--data-dir', dataDir, ...ports, ...ranges];
    this.#up = spawn(process.execPath, [join(project, 'cli/main.ts'), ...words, '--log-level', 'warn'], {
      cwd: project,
      env: { ...process.env, NODE_OPTIONS: flags.join(' ') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#closed = once(this.#up, 'close');
    for (const stream of [this.#up.stdout, this.#up.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-20_000);
      });
  }

  /** Its warnings and errors. */
  get log(): string {
    return this.#output
      .split('\n')
      .filter((line) => line.startsWith('{') || line.includes('rror'))
      .join('\n');
  }

  /** Of the controller's own process; nothing while it is being started again. */
  get usage(): Usage {
    const pid = this.#pid();
    return pid === undefined ? noUsage() : usageOf(pid);
  }

  /** One request as a program makes it that has just been started: on a connection of its own. */
  get(path: string): Promise<string> {
    const token = readFileSync(join(this.#dataDir, 'admin-token'), 'utf8').trim();
    const ca = readFileSync(join(this.#dataDir, 'ca.crt'), 'utf8');
    const headers = { authorization: `Bearer ${token}` };
    const from = { headers, ca, agent: false as const, servername: 'localhost', timeout: answerMs };
    return new Promise((resolve, reject) => {
      const sent = request(`https://127.0.0.1:${this.httpsPort}${path}`, from, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('error', reject);
        response.on('end', () =>
          response.statusCode === 200 ? resolve(text) : reject(new Error(`${path}: ${text}`)),
        );
      });
      sent.on('timeout', () => sent.destroy(new Error(`${path}: no answer`)));
      sent.on('error', reject);
      sent.end();
    });
  }

  async readyNodes(): Promise<number> {
    type Conditions = readonly { readonly type: string; readonly status: string }[];
    const list = JSON.parse(await this.get('/api/v1/nodes')) as { items: { status: object }[] };
    return list.items.filter(({ status }) =>
      (status as { conditions?: Conditions }).conditions?.some(
        (condition) => condition.type === 'Ready' && condition.status === 'True',
      ),
    ).length;
  }

  async revision(): Promise<number> {
    const list = JSON.parse(await this.get('/api/v1/namespaces')) as {
      metadata: { resourceVersion: string };
    };
    return Number(list.metadata.resourceVersion);
  }

  /** Ends the controller, which `bramble up` then starts again; resolves when it answers. */
  async killAndAwait(): Promise<void> {
    const before = this.#pid();
    if (before === undefined) throw new Error('there is no controller to kill');
    process.kill(before, 'SIGKILL');
    const deadline = performance.now() + readyMs;
    while (performance.now() < deadline) {
      await pause(50);
      const pid = this.#pid();
      if (pid === undefined || pid === before) continue;
      const answered = await this.get('/version').then(
        () => true,
        () => false,
      );
      if (answered) return;
    }
    throw new Error(`the controller did not come back:\n${this.log}`);
  }

  async stop(): Promise<void> {
    this.#up.kill('SIGTERM');
    await this.#closed;
  }

  #pid(): number | undefined {
    try {
      const children = readFileSync(`/proc/${this.#up.pid}/task/${this.#up.pid}/children`, 'utf8');
      const isController = (pid: string): boolean =>
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('controller/main.ts');
      const found = children.split(' ').find((pid) => pid !== '' && isController(pid));
      return found === undefined ? undefined : Number(found);
    } catch {
      // It ended at this moment.
      return undefined;
    }
  }

  async #said(text: string): Promise<void> {
    const deadline = performance.now() + readyMs;
    while (!this.#output.includes(text)) {
      if (this.#up.exitCode !== null || performance.now() > deadline) throw new Error('not ready');
      await pause(50);
    }
  }
}
