import { labelValue, qualifiedName } from './schema/validate/names.ts';

/** Domains of Kubernetes in which a board may be labelled from outside the API, as a kubelet may label itself (NodeRestriction). */
const openDomains = /^((kubelet|node|topology)\.)kubernetes\.io\//;
const closedDomains = /^([^/]*\.)?(kubernetes|k8s)\.io\//;

/**
 * Why a label cannot be given to a board by its token or by itself; `undefined` when it can. Besides what is malformed these
 * are labels that could pass the board off as a control plane or as set apart (G7).
 */
export function boardLabelFault(key: string, value: string): string | undefined {
  const [keyFault] = qualifiedName(key);
  if (keyFault !== undefined) return `${JSON.stringify(key)} is no label's key: ${keyFault}`;
  const [valueFault] = labelValue(value);
  if (valueFault !== undefined) return `${key}: ${JSON.stringify(value)} is no label's value: ${valueFault}`;
  if (openDomains.test(key) || !closedDomains.test(key)) return undefined;
  return `${key}: labels of kubernetes.io are not for boards to choose; label the Node with kubectl instead`;
}

/** Labels as a person types them: `site=barn,floor=2`. Answers with a sentence where they are none. */
export function parseBoardLabels(text: string): Readonly<Record<string, string>> | string {
  const labels: Record<string, string> = {};
  for (const pair of text.split(',').filter((each) => each !== '')) {
    const at = pair.indexOf('=');
    if (at < 0) return `${JSON.stringify(pair)} is no label: write key=value`;
    const [key, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const fault = boardLabelFault(key, value);
    if (fault !== undefined) return fault;
    labels[key] = value;
  }
  return labels;
}
