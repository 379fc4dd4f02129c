import type { KubeObject } from '@bramble/protocol/kube.ts';
import { type JsonObject, objectAt } from '@bramble/protocol/schema/json.ts';

/**
 * A new job names its pods by its own uid, so that no two jobs ever share one (Kubernetes: `generateSelector`). Who sets
 * `manualSelector` knows what he does.
 */
export function withJobSelector(job: KubeObject): KubeObject {
  const spec = objectAt(job, 'spec');
  if (spec['manualSelector'] === true) return job;
  const { uid, name } = job.metadata;
  const own = {
    'batch.kubernetes.io/controller-uid': uid,
    'controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'job-name': name,
  };
  const selector = objectAt(spec, 'selector');
  const matchLabels = {
    ...objectAt(selector, 'matchLabels'),
    'batch.kubernetes.io/controller-uid': uid,
  };
  const changed = {
    ...spec,
    selector: { ...selector, matchLabels },
    template: withLabels(objectAt(spec, 'template'), own),
  };
  return { ...job, spec: changed };
}

function withLabels(template: JsonObject, labels: JsonObject): JsonObject {
  const metadata = objectAt(template, 'metadata');
  return {
    ...template,
    metadata: { ...metadata, labels: { ...objectAt(metadata, 'labels'), ...labels } },
  };
}
