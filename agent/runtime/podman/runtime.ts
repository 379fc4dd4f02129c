import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { type ContainerRuntime, type ContainerSpec, type ContainerView, RuntimeError } from '../port.ts';
import type { PodmanClient } from './client.ts';
import { createBody, managedLabel } from './create-body.ts';
import { watchEvents } from './events.ts';
import { imagePath } from './image-reference.ts';
import { type LogSource, readLog } from './logs.ts';
import type { OomEvidence } from './oom-evidence.ts';
import { pullImage } from './pull.ts';
import { endedMeanwhile, expect, isImproperState, isNameTaken, refusal } from './refusals.ts';
import { containerView, type Inspection, inspection } from './view.ts';

export interface PodmanParts {
  readonly client: PodmanClient;
  readonly oom: OomEvidence;
  readonly instance: string;
  /** What podman says on creating a container, such as that a limit cannot be applied. */
  readonly warn: (container: string, warning: string) => void;
  readonly close: () => Promise<void>;
}

const listed = z.array(z.object({ Id: z.string() }));
const created = z.object({ Id: z.string(), Warnings: z.array(z.string()).nullish() });
const versions = z.object({ Version: z.string() });

const listConcurrency = 4;
const startErrorsKept = 500;
const endPollMs = 50;
const inspectAttempts = 5;

export class PodmanRuntime implements ContainerRuntime {
  readonly #client: PodmanClient;
  readonly #parts: PodmanParts;
  readonly #startErrors = new Map<string, string>();
  readonly #watches = new Set<() => void>();

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
    const ids = listed.parse(JSON.parse(answer.text)).map(({ Id }) => Id);
    const views: ContainerView[] = [];
    const next = ids[Symbol.iterator]();
    const worker = async () => {
      for (const id of next) {
        const view = await this.inspect(id);
        if (view !== undefined) views.push(view);
      }
    };
    await Promise.all(Array.from({ length: listConcurrency }, worker));
    return views;
  }

  async inspect(id: string): Promise<ContainerView | undefined> {
    const found = await this.#inspection(id);
    if (found === undefined) return undefined;
    const suspect = found.State.ExitCode !== 0 && !found.State.OOMKilled;
    return containerView(found, {
      outOfMemory: suspect && this.#parts.oom.has(found.Id),
      startError: this.#startErrors.get(found.Id),
    });
  }

  async imagePresent(image: string): Promise<boolean> {
    const answer = await this.#client.call('GET', `/images/${imagePath(image)}/exists`);
    return answer.status === 404 ? false : expect(answer, 204).status === 204;
  }

  pull: ContainerRuntime['pull'] = (image, auth) => pullImage(this.#client, image, auth);

  async create(spec: ContainerSpec): Promise<{ id: string }> {
    const body = createBody(spec, this.#parts.instance);
    const answer = await this.#client.call('POST', '/containers/create', { body });
    try {
      const { Id, Warnings } = created.parse(JSON.parse(expect(answer, 201).text));
      for (const warning of Warnings ?? []) this.#parts.warn(spec.name, warning);
      return { id: Id };
    } catch (error) {
      // An agent that was killed after creating it finds the container that it made.
      const earlier = isNameTaken(error) ? await this.#inspection(spec.name) : undefined;
      if (earlier?.Config.Labels?.[managedLabel] !== this.#parts.instance) throw error;
      return { id: earlier.Id };
    }
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

  async remove(id: string): Promise<void> {
    const path = `/containers/${id}?force=true&timeout=0&v=true`;
    const answer = await this.#client.call('DELETE', path);
    if (answer.status !== 404) expect(answer, 200, 204);
    this.#startErrors.delete(id);
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
    this.#client.close();
    this.#parts.oom.close();
    await this.#parts.close();
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
