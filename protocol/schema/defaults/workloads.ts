import { isObject, type JsonObject, objectAt } from '../json.ts';
import { defaultPod } from './pod.ts';
import { changeItems, changePart, withDefaults } from './set.ts';

const tenMinutes = 600;
const keptRevisions = 10;

/** A pod's defaults, for the pod that the template describes. */
function withTemplate(spec: JsonObject): JsonObject {
  return changePart(spec, 'template', (template) => changePart(template, 'spec', (pod) => podSpec(pod)));
}

function podSpec(spec: JsonObject): JsonObject {
  return objectAt(defaultPod({ spec }), 'spec');
}

/** `SetDefaults_Deployment`. */
export function defaultDeployment(deployment: JsonObject): JsonObject {
  const spec = withDefaults(objectAt(deployment, 'spec'), {
    replicas: 1,
    strategy: {},
    revisionHistoryLimit: keptRevisions,
    progressDeadlineSeconds: tenMinutes,
  });
  return { ...deployment, spec: withTemplate(changePart(spec, 'strategy', rollingStrategy)) };
}

function rollingStrategy(strategy: JsonObject): JsonObject {
  const typed = withDefaults(strategy, { type: 'RollingUpdate' });
  if (typed['type'] !== 'RollingUpdate') return typed;
  const rollingUpdate = withDefaults(objectAt(typed, 'rollingUpdate'), {
    maxUnavailable: '25%',
    maxSurge: '25%',
  });
  return { ...typed, rollingUpdate };
}

/** `SetDefaults_ReplicaSet`. */
export function defaultReplicaSet(replicaSet: JsonObject): JsonObject {
  const spec = withDefaults(objectAt(replicaSet, 'spec'), { replicas: 1 });
  return { ...replicaSet, spec: withTemplate(spec) };
}

/** `SetDefaults_DaemonSet`. */
export function defaultDaemonSet(daemonSet: JsonObject): JsonObject {
  const spec = withDefaults(objectAt(daemonSet, 'spec'), {
    updateStrategy: {},
    revisionHistoryLimit: keptRevisions,
  });
  return { ...daemonSet, spec: withTemplate(changePart(spec, 'updateStrategy', daemonStrategy)) };
}

function daemonStrategy(strategy: JsonObject): JsonObject {
  const typed = withDefaults(strategy, { type: 'RollingUpdate' });
  if (typed['type'] !== 'RollingUpdate') return typed;
  const rollingUpdate = withDefaults(objectAt(typed, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 });
  return { ...typed, rollingUpdate };
}

/** `SetDefaults_Job`; the selector is given by whoever stores it, since it names the job's uid. */
export function defaultJob(job: JsonObject): JsonObject {
  const given = objectAt(job, 'spec');
  const both = isAbsent(given['completions']) && isAbsent(given['parallelism']) ? { completions: 1 } : {};
  const spec = withDefaults(given, {
    ...both,
    parallelism: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: isObject(given['podFailurePolicy']) ? 'Failed' : 'TerminatingOrFailed',
  });
  return { ...withTemplateLabels(job), spec: withTemplate(spec) };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** A job without labels of its own has those of its pods. */
function withTemplateLabels(job: JsonObject): JsonObject {
  const metadata = objectAt(job, 'metadata');
  const labels = objectAt(objectAt(objectAt(objectAt(job, 'spec'), 'template'), 'metadata'), 'labels');
  if (Object.keys(objectAt(metadata, 'labels')).length > 0 || Object.keys(labels).length === 0) return job;
  return { ...job, metadata: { ...metadata, labels } };
}

/** `SetDefaults_EndpointPort` of discovery/v1. */
export function defaultEndpointSlice(slice: JsonObject): JsonObject {
  return changeItems(slice, 'ports', (port) => withDefaults(port, { name: '', protocol: 'TCP' }));
}

/** `SetDefaults_Endpoints` of core/v1. */
export function defaultEndpoints(endpoints: JsonObject): JsonObject {
  return changeItems(endpoints, 'subsets', (subset) =>
    changeItems(subset, 'ports', (port) => withDefaults(port, { protocol: 'TCP' })),
  );
}
