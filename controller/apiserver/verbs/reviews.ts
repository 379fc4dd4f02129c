import type { KubeObject } from '@bramble/protocol/kube.ts';
import { checkMessage, messageOf } from '@bramble/protocol/schema/index.ts';
import { isObject, type JsonObject, objectAt } from '@bramble/protocol/schema/json.ts';
import { answerObject } from '../answers.ts';
import { isAllowed } from '../authorize.ts';
import type { ApiRequest, ApiResponse, UserInfo } from '../request.ts';
import { badRequest, invalid } from '../status.ts';

/** A kind that is asked and answered, and never stored. */
export interface Review {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly message: string;
  readonly answer: (user: UserInfo, body: JsonObject) => JsonObject;
}

export const reviews: readonly Review[] = [
  {
    group: 'authentication.k8s.io',
    version: 'v1',
    kind: 'SelfSubjectReview',
    plural: 'selfsubjectreviews',
    singular: 'selfsubjectreview',
    message: 'authentication.v1.SelfSubjectReview',
    answer: (user) => ({ status: { userInfo: { username: user.name, groups: user.groups } } }),
  },
  {
    group: 'authorization.k8s.io',
    version: 'v1',
    kind: 'SelfSubjectAccessReview',
    plural: 'selfsubjectaccessreviews',
    singular: 'selfsubjectaccessreview',
    message: 'authorization.v1.SelfSubjectAccessReview',
    answer: (user, body) => {
      const spec = objectAt(body, 'spec');
      return { spec, status: accessStatus(user, spec) };
    },
  },
];

export function reviewOf(request: Pick<ApiRequest, 'group' | 'version' | 'resource'>): Review | undefined {
  const { group, version, resource } = request;
  return reviews.find(
    (review) => review.group === group && review.version === version && review.plural === resource,
  );
}

export function answerReview(review: Review, request: ApiRequest): ApiResponse {
  const { body } = request;
  if (!isObject(body)) throw badRequest(`the body of the request must be a ${review.kind}`);
  const { causes } = checkMessage(messageOf(review.message), body);
  if (causes.length > 0) throw invalid(`${review.kind}.${review.group}`, '', causes);
  const object = {
    kind: review.kind,
    apiVersion: `${review.group}/${review.version}`,
    metadata: {},
    ...review.answer(request.user, body),
  };
  // A review has no name; every other object does.
  return answerObject(201, object as unknown as KubeObject);
}

function accessStatus(user: UserInfo, spec: JsonObject): JsonObject {
  const asked = spec['resourceAttributes'];
  const allowed = isObject(asked)
    ? mayUse(user, asked)
    : mayVisit(user, objectAt(spec, 'nonResourceAttributes'));
  return allowed ? { allowed } : { allowed, reason: `the role "${user.role}" does not allow it` };
}

function mayUse(user: UserInfo, asked: JsonObject): boolean {
  const text = (field: string) => (typeof asked[field] === 'string' ? asked[field] : '');
  return isAllowed(user, {
    verb: text('verb'),
    group: text('group'),
    resource: text('resource'),
    subresource: text('subresource') || undefined,
    namespace: text('namespace') || undefined,
    name: text('name') || undefined,
  });
}

/** Paths that are no resources (discovery, version) are open to every role for reading. */
function mayVisit(user: UserInfo, asked: JsonObject): boolean {
  return user.role === 'admin' || ((user.role === 'edit' || user.role === 'view') && asked['verb'] === 'get');
}
