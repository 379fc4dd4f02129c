import { type JsonObject, objectAt } from '../json.ts';
import { defaultContainer } from './container.ts';
import { requestsFromLimits } from './resources.ts';
import { changeItems, changePart, withDefaults } from './set.ts';
import { defaultVolume } from './volume.ts';

/** `SetDefaults_Pod` and `SetDefaults_PodSpec` of Kubernetes' core/v1. */
export function defaultPod(pod: JsonObject): JsonObject {
  const spec = objectAt(pod, 'spec');
  return { ...pod, spec: defaultPodSpec(spec) };
}

function defaultPodSpec(spec: JsonObject): JsonObject {
  let filled = withDefaults(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    securityContext: {},
    enableServiceLinks: true,
  });
  filled = withServiceAccountNames(filled);
  const hostNetwork = filled['hostNetwork'] === true;
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    filled = changeItems(filled, list, (container) => defaultContainer(container, hostNetwork));
  }
  return changePart(changeItems(filled, 'volumes', defaultVolume), 'resources', requestsFromLimits);
}

/** `serviceAccount` is the old name of `serviceAccountName`; Kubernetes keeps both equal. */
function withServiceAccountNames(spec: JsonObject): JsonObject {
  const name = spec['serviceAccountName'] ?? spec['serviceAccount'];
  return name ? { ...spec, serviceAccountName: name, serviceAccount: name } : spec;
}
