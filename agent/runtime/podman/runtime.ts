import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from '@bramble/protocol/zod.ts';
import {
  type ContainerRuntime,
  type ContainerSpec,
  type ContainerView,
  type CreatedContainer,
  RuntimeError,
} from '../port.ts';
import { AbandonedCommands } from './abandoned.ts';
import type { PodmanClient } from './client.ts';
import { createBody, managedLabel } from './create-body.ts';
import { watchEvents } from './events.ts';
import { attachSession, execSession } from './exec.ts';
import { execOnce, type OciExec } from './exec-once.ts';
import { imagePath } from './image-reference.ts';
import { type LogSource, readLog } from './logs.ts';
import { withoutMemoryLimit } from './memory-cgroup.ts';
import type { OomEvidence } from './oom-evidence.ts';
import { pullImage } from './pull.ts';
import {
  endedMeanwhile,
  expect,
  isImproperState,
  isNameTaken,
  isTorn,
  refusal,
  whyStill,
} from './refusals.ts';
import { listed, RunningViews } from './running-views.ts';
import type { StorageSync } from './storage-sync.ts';
import { holderOf, removeOrphan } from './taken-name.ts';
import {
  keepMessageFiles,
  makeMessageFile,
  removeMessageFile,
  terminationLabel,
  terminationMessage,
} from './termination-message.ts';
import { containerView, holdsProcesses, type Inspection, inspection, stateOf } from './view.ts';

export interface PodmanParts {
  readonly client: PodmanClient;
  readonly oom: OomEvidence;
  /** Without, containers run without their memory limits. */
  readonly canLimitMemory: boolean;
  readonly instance: string;
  readonly oci: OciExec;
  /** Where containers' termination messages lie. */
  readonly messages: string;
  /** Brings to the disk what podman leaves in memory. */
  readonly disk: Pick<StorageSync, 'containerMade' | 'imageComes' | 'close'>;
  /** What podman says on creating a container, such as that a limit cannot be applied. */
  readonly warn: (container: string, warning: string) => void;
  readonly close: () => Promise<void>;
}

const created = z.object({ Id: z.string(), Warnings: z.nullish(z.array(z.string())) });
const versions = z.object({ Version: z.string() });

const listConcurrency = 4;
const startErrorsKept = 500;
const endPollMs = 50;
const inspectAttempts = 5;
/** As much of a probe's or hook's output as the kubelet reads. */
const execOutputBytes = 10_240;

export class PodmanRuntime implements ContainerRuntime {
  readonly #client: PodmanClient;
  readonly #parts: PodmanParts;
  readonly #startErrors = new Map<string, string>();
  /** By container id, of those that were seen. */
  readonly #messageFiles = new Map<string, string>();
  /** Containers that podman cannot look at, of which it was said. */
  readonly #unseen = new Set<string>();
  readonly #running = new RunningViews();
  readonly #watches = new Set<() => void>();
  readonly #abandoned = new AbandonedCommands();
  #execs = 0;
  #tidied = false;

  constructor(parts: PodmanParts) {
    this.#parts = parts;
    this.#client = parts.client;
  }

  async version(): Promise<string> {
    const answer = expect(await this.#client.call('GET', '/version'), 200);
    return `podman://${versions.parse(JSON.parse(answer.text)).Version}`;
  }

  async list(): Promise<ContainerView[]> {
    const filters = encodeURIComponent(
      JSON.stringify({ label: [`${managedLabel}=${this.#parts.instance}`] }),
    );
    const answer = expect(
      await this.#client.call('GET', `/containers/json?all=true&filters=${filters}`),
      200,
    );
    const found = listed.parse(JSON.parse(answer.text));
    for (const id of this.#unseen) if (!found.some(({ Id }) => Id === id)) this.#unseen.delete(id);
    const seen: [(typeof found)[number], ContainerView][] = [];
    const next = found[Symbol.iterator]();
    const worker = async () => {
      for (const one of next) {
        const view = this.#running.of(one) ?? (await this.#viewOrNone(one.Id, holdsProcesses(one.State)));
        if (view !== undefined) seen.push([one, view]);
      }
    };
    await Promise.all(Array.from({ length: listConcurrency }, worker));
    this.#running.keep(seen);
    const views = seen.map(([, view]) => view);
    await this.#tidyMessages(views);
    return views;
  }

  async inspect(id: string): Promise<ContainerView | undefined> {
    const found = await this.#inspection(id);
    if (found === undefined) return undefined;
    const suspect = found.State.ExitCode !== 0 && !found.State.OOMKilled;
    return containerView(found, {
      outOfMemory: suspect && this.#parts.oom.has(found.Id),
      startError: this.#startErrors.get(found.Id),
      terminationMessage: await this.#messageOf(found),
    });
  }

  async imagePresent(image: string): Promise<boolean> {
    const answer = await this.#client.call('GET', `/images/${imagePath(image)}/exists`);
    return answer.status === 404 ? false : expect(answer, 204).status === 204;
  }

  pull: ContainerRuntime['pull'] = (image, auth) =>
    this.#parts.disk.imageComes(image, () => pullImage(this.#client, image, auth));

  async create(spec: ContainerSpec): Promise<CreatedContainer> {
    const messageFile = this.#messageFile(spec.name);
    if (spec.terminationMessage) await makeMessageFile(messageFile);
    const whole = { spec, unapplied: undefined };
    const { spec: applicable, unapplied } = this.#parts.canLimitMemory ? whole : withoutMemoryLimit(spec);
    const body = createBody(applicable, this.#parts.instance, messageFile);
    return { id: await this.#make(spec.name, body), unapplied };
  }

  async start(id: string): Promise<void> {
    const answer = await this.#client.call('POST', `/containers/${id}/start`);
    try {
      expect(answer, 204, 304);
      this.#startErrors.delete(id);
    } catch (error) {
      if (error instanceof RuntimeError && error.reason === 'spec') this.#rememberError(id, error.message);
      throw error;
    }
  }

  async stop(id: string, graceSeconds: number): Promise<void> {
    const path = `/containers/${id}/stop?timeout=${Math.max(0, Math.ceil(graceSeconds))}`;
    const answer = await this.#client.call('POST', path, { timeoutMs: 0 });
    if (answer.status === 404) return;
    try {
      expect(answer, 204, 304);
    } catch (error) {
      if (!isImproperState(error)) throw error;
      await this.#stopAlreadyStopping(id, graceSeconds);
    }
  }

  exec: ContainerRuntime['exec'] = (id, command, { timeoutMs }) => {
    this.#execs += 1;
    const name = `${process.pid}-${this.#execs}`;
    return execOnce(this.#parts.oci, id, command, { outputBytes: execOutputBytes, timeoutMs, name });
  };

  async remove(id: string): Promise<void> {
    const path = `/containers/${id}?force=true&timeout=0&v=true`;
    const answer = await this.#client.call('DELETE', path);
    if (answer.status !== 404) expect(answer, 200, 204);
    this.#startErrors.delete(id);
    const messageFile = this.#messageFiles.get(id);
    this.#messageFiles.delete(id);
    if (messageFile) await removeMessageFile(messageFile);
  }

  async *logs(
    id: string,
    options: Parameters<ContainerRuntime['logs']>[1],
    signal: AbortSignal,
  ): ReturnType<ContainerRuntime['logs']> {
    const found = await this.#inspection(id);
    const path = found?.HostConfig?.LogConfig?.Path ?? '';
    if (found === undefined || path === '') throw new RuntimeError('gone', `no container ${id}`);
    yield* readLog(this.#logSource(found.Id, path), options, signal);
  }

  execSession: ContainerRuntime['execSession'] = (id, command, options) =>
    execSession(this.#client, id, command, options, this.#abandoned);

  attachSession: ContainerRuntime['attachSession'] = (id, options) =>
    attachSession(this.#client, id, options);

  events: ContainerRuntime['events'] = (onEvent, onLost) => {
    const stop = watchEvents(this.#client, { instance: this.#parts.instance }, onEvent, onLost);
    this.#watches.add(stop);
    return () => {
      this.#watches.delete(stop);
      stop();
    };
  };

  async close(): Promise<void> {
    // What we end ourselves is not lost.
    for (const stop of this.#watches) stop();
    this.#abandoned.close();
    this.#parts.disk.close();
    this.#client.close();
    this.#parts.oom.close();
    await this.#parts.close();
  }

  async #make(name: string, body: unknown, again = true): Promise<string> {
    const answer = await this.#client.call('POST', '/containers/create', { body });
    try {
      const { Id, Warnings } = created.parse(JSON.parse(expect(answer, 201).text));
      this.#parts.disk.containerMade();
      for (const warning of Warnings ?? []) this.#parts.warn(name, warning);
      return Id;
    } catch (error) {
      if (!isNameTaken(error)) throw error;
      const earlier = await holderOf(() => this.#inspection(name));
      if (earlier?.Config.Labels?.[managedLabel] === this.#parts.instance) return earlier.Id;
      if (!again || earlier !== undefined || !(await removeOrphan(this.#client, error))) throw error;
      this.#parts.warn(name, 'storage that belongs to no container held its name: removed');
      return this.#make(name, body, false);
    }
  }

  async #inspection(id: string): Promise<Inspection | undefined> {
    const path = `/containers/${encodeURIComponent(id)}/json`;
    let answer = await this.#client.call('GET', path);
    for (let attempt = 1; endedMeanwhile(answer) && attempt < inspectAttempts; attempt += 1) {
      answer = await this.#client.call('GET', path);
    }
    // Removed while podman looked at it, it is gone in words alone: podman 4 answers 500 then.
    if (answer.status !== 200 && refusal(answer).reason === 'gone') return undefined;
    return inspection.parse(JSON.parse(expect(answer, 200).text));
  }

  /** One container that podman cannot look at does not hide the others; a torn one that does not run is removed. */
  async #viewOrNone(id: string, runs: boolean): Promise<ContainerView | undefined> {
    try {
      const view = await this.inspect(id);
      this.#unseen.delete(id);
      return view;
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.reason !== 'spec') throw error;
      // Whoever does not see what runs may start it a second time.
      if (runs && !isTorn(error)) throw error;
      const why = isTorn(error) ? await this.#discard(id, error.message) : error.message;
      if (why !== undefined && !this.#unseen.has(id)) {
        this.#unseen.add(id);
        this.#parts.warn(id, `podman cannot look at this container, it is left out: ${why}`);
      }
      return undefined;
    }
  }

  /** Resolves with why it is still there. Without force: what runs is spared. */
  async #discard(id: string, damage: string): Promise<string | undefined> {
    const why = await whyStill(this.#client, `/containers/${id}?v=true`);
    if (why !== undefined) return `${damage}; ${why}`;
    this.#unseen.delete(id);
    this.#parts.warn(id, `a power cut tore this container, it is removed: ${damage}`);
    return undefined;
  }

  /** Once, before anything is made: what an agent left that was killed between a file and its container. */
  async #tidyMessages(views: readonly ContainerView[]): Promise<void> {
    if (this.#tidied) return;
    this.#tidied = true;
    await keepMessageFiles(this.#parts.messages, new Set(views.map(({ name }) => name)));
  }

  #messageFile(name: string): string {
    return join(this.#parts.messages, name);
  }

  async #messageOf(found: Inspection): Promise<string | undefined> {
    const label = found.Config.Labels?.[terminationLabel];
    if (label === undefined) return undefined;
    const file = this.#messageFile(found.Name);
    this.#messageFiles.set(found.Id, file);
    if (stateOf(found) !== 'exited') return undefined;
    const log = found.HostConfig?.LogConfig?.Path ?? undefined;
    return terminationMessage({
      label,
      file,
      log,
      exitCode: found.State.ExitCode,
    });
  }

  /** A second call while the first one waits for the grace to pass: with less grace it kills. */
  async #stopAlreadyStopping(id: string, graceSeconds: number): Promise<void> {
    let leftMs = graceSeconds * 1000;
    for (let view = await this.inspect(id); view?.state === 'running'; view = await this.inspect(id)) {
      if (leftMs <= 0) await this.#client.call('POST', `/containers/${id}/kill?signal=KILL`);
      await pause(endPollMs);
      leftMs -= endPollMs;
    }
  }

  #rememberError(id: string, message: string): void {
    this.#startErrors.set(id, message);
    const oldest = this.#startErrors.keys().next().value;
    if (this.#startErrors.size > startErrorsKept && oldest !== undefined) this.#startErrors.delete(oldest);
  }

  #logSource(id: string, path: string): LogSource {
    return {
      path,
      onEnd: (ended) => {
        const stop = watchEvents(
          this.#client,
          { instance: this.#parts.instance, containerId: id },
          (event) => {
            if (event.type === 'exited' || event.type === 'removed') ended();
          },
          ended,
        );
        void this.inspect(id).then(
          (view) => view?.state !== 'running' && ended(),
          () => ended(),
        );
        return stop;
      },
    };
  }
}
