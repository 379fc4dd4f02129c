import type { Host, LogEntry } from '@bramble/actors/host.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { randomUuid } from '../../random-id.ts';
import { MemoryDisk, MemoryEngine } from '../../store/memory-engine.ts';
import { type RunningStore, runStore } from '../../store/testing/running-store.ts';
import { initialNamespaces } from '../namespaces.ts';
import { ApiPipeline } from '../pipeline.ts';
import type { PipelinePorts } from '../ports.ts';
import type { ApiRequest, ApiResponse, Status, UserInfo } from '../request.ts';

export const admin: UserInfo = { name: 'admin', groups: ['system:masters'], role: 'admin' };

export function userWith(role: UserInfo['role'], name: string = role): UserInfo {
  return { name, groups: ['system:authenticated'], role };
}

export interface RunningApi {
  readonly pipeline: ApiPipeline;
  readonly running: RunningStore;
  readonly host: Host;
  readonly logs: LogEntry[];
  readonly send: (request: RequestInput) => Promise<ApiResponse>;
  readonly stop: () => Promise<void>;
}

export type RequestInput = Pick<ApiRequest, 'verb' | 'resource'> & Partial<ApiRequest>;

/** The pipeline on a store in memory, with the namespaces of a new cluster. Objects are in `default` unless said. */
export async function runApi(ports: Partial<PipelinePorts> = {}): Promise<RunningApi> {
  const logs: LogEntry[] = [];
  const host = createHost((entry) => logs.push(entry));
  const running = await runStore(new MemoryEngine(new MemoryDisk('test')), { host });
  const uid = () => randomUuid(host);
  const pipeline = new ApiPipeline({ store: running.store, host, uid, ...ports });
  const send = (input: RequestInput) => pipeline.handle(requestOf(input, host.now()));
  for (const name of initialNamespaces) {
    await send({
      verb: 'create',
      resource: 'namespaces',
      namespace: undefined,
      body: { metadata: { name } },
    });
  }
  return { pipeline, running, host, logs, send, stop: () => running.stop() };
}

function requestOf(input: RequestInput, receivedAt: number): ApiRequest {
  return {
    user: admin,
    group: '',
    version: 'v1',
    subresource: undefined,
    namespace: ['namespaces', 'nodes'].includes(input.resource) ? undefined : 'default',
    name: undefined,
    options: {},
    body: undefined,
    receivedAt,
    ...input,
  };
}

export function podNamed(name: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'main', image: 'localhost/bramble/hello:1' }], ...spec },
  };
}

/** The object of an answer that must have one. */
export function objectOf(answer: ApiResponse): KubeObject {
  if (answer.type !== 'object') throw new Error(`no object but ${JSON.stringify(answer)}`);
  return answer.object;
}

/** The Status of an answer that must be one. */
export function statusOf(answer: ApiResponse): Status {
  if (answer.type !== 'status') throw new Error(`no Status but ${JSON.stringify(answer)}`);
  return answer.status;
}
