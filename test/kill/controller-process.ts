import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { project } from '../e2e/fixture/bramble.ts';

export interface ControllerPlace {
  readonly dataDir: string;
  readonly httpsPort: number;
  readonly mqttPort: number;
}

/** What a client of one incarnation needs. */
export interface Access {
  readonly port: number;
  readonly agent: Agent;
  readonly token: string;
}

const readyMs = 120_000;

/** The real controller, as `bramble up` starts it, without anybody who would start it again. */
export class ControllerProcess {
  readonly access: Access;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  /** Resolves when it serves. @throws Error with what it said when it ends instead */
  static async start(place: ControllerPlace): Promise<ControllerProcess> {
    const { dataDir, httpsPort, mqttPort } = place;
    const ports = ['--https-port', `${httpsPort}`, '--mqtt-port', `${mqttPort}`];
    const flags = ['--data-dir', dataDir, ...ports, '--log-level', 'error'];
    const child = spawn(process.execPath, [join(project, 'controller/main.ts'), ...flags], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const closed = once(child, 'close');
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-8_000);
      });
    const ready = once(child, 'message', { signal: AbortSignal.timeout(readyMs) }).then(() => true);
    const served = await Promise.race([ready, closed.then(() => false)]).catch(() => false);
    if (!served) {
      child.kill('SIGKILL');
      throw new Error(`the controller did not start:\n${said}`);
    }
    const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
    const ca = await readFile(join(dataDir, 'ca.crt'));
    return new ControllerProcess(child, closed, { port: httpsPort, agent: clientOf(ca), token });
  }

  private constructor(child: ChildProcess, closed: Promise<unknown>, access: Access) {
    this.#child = child;
    this.#closed = closed;
    this.access = access;
  }

  /** Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
    this.access.agent.destroy();
  }
}

const clientOf = (ca: Buffer): Agent => new Agent({ ca, keepAlive: true, maxSockets: 64 });
