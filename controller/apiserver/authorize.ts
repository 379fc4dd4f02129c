import type { UserInfo } from './request.ts';

/** What is asked for, in the terms of Kubernetes' SubjectAccessReview. Verbs and resources may be `*`. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

const readVerbs = new Set(['get', 'list', 'watch']);
const writeVerbs = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
/** What belongs to the cluster: read by all roles, written by `admin` alone. */
const clusterResources = new Set(['nodes', 'namespaces']);
/** Written by controllers and agents; a person who could write them could lie about what runs. */
const systemSubresources = new Set(['status', 'binding', 'finalize']);
/** Asking about oneself is everybody's right. */
const selfReviews = new Set(['selfsubjectaccessreviews', 'selfsubjectreviews']);

/** Whether the user's role allows it. `node` may do nothing here: boards speak MQTT. */
export function isAllowed(user: UserInfo, asked: Attributes): boolean {
  if (user.role === 'admin') return true;
  if (user.role !== 'edit' && user.role !== 'view') return false;
  if (selfReviews.has(asked.resource)) return true;
  if (readVerbs.has(asked.verb)) return user.role === 'edit' || !isSecret(asked.resource);
  return user.role === 'edit' && mayEdit(asked);
}

function isSecret(resource: string): boolean {
  return resource === 'secrets' || resource === '*';
}

function mayEdit(asked: Attributes): boolean {
  if (!writeVerbs.has(asked.verb) || asked.resource === '*') return false;
  if (clusterResources.has(asked.resource)) return false;
  return asked.subresource === undefined || !systemSubresources.has(asked.subresource);
}

/** As Kubernetes words a refusal. */
export function refusal(user: UserInfo, asked: Attributes): string {
  const resource = asked.subresource ? `${asked.resource}/${asked.subresource}` : asked.resource;
  const where = asked.namespace ? `in the namespace "${asked.namespace}"` : 'at the cluster scope';
  return `User "${user.name}" cannot ${asked.verb} resource "${resource}" in API group "${asked.group}" ${where}`;
}
