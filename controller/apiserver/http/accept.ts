import { notAcceptable } from '../status.ts';

/** In what form a client wants its answer. All forms are JSON. */
export type Form = 'plain' | 'Table' | 'PartialObjectMetadata' | 'APIGroupDiscoveryList';

const versions: Readonly<
  Record<Exclude<Form, 'plain'>, { readonly group: string; readonly version: string }>
> = {
  Table: { group: 'meta.k8s.io', version: 'v1' },
  PartialObjectMetadata: { group: 'meta.k8s.io', version: 'v1' },
  APIGroupDiscoveryList: { group: 'apidiscovery.k8s.io', version: 'v2' },
};

/** The first of the client's wishes that can be met, of those that the path has; 406 if none can. */
export function chooseForm(accept: string | undefined, offered: readonly Form[]): Form {
  if (accept === undefined || accept.trim() === '') return 'plain';
  for (const wish of accept.split(',')) {
    const form = formOf(wish);
    if (form && (form === 'plain' || offered.includes(form))) return form;
  }
  throw notAcceptable(['application/json']);
}

function formOf(wish: string): Form | undefined {
  const [type = '', ...parameters] = wish.split(';').map((part) => part.trim());
  if (!['application/json', 'application/*', '*/*'].includes(type.toLowerCase())) return undefined;
  const given = new Map(parameters.map((parameter) => splitParameter(parameter)));
  const as = given.get('as')?.replace(/^PartialObjectMetadataList$/, 'PartialObjectMetadata');
  if (as === undefined) return 'plain';
  if (!isForm(as)) return undefined;
  const { group, version } = versions[as];
  return given.get('g') === group && given.get('v') === version ? as : undefined;
}

function splitParameter(parameter: string): [string, string] {
  const [key = '', value = ''] = parameter.split('=', 2);
  return [key.trim().toLowerCase(), value.trim()];
}

function isForm(as: string): as is Exclude<Form, 'plain'> {
  return Object.hasOwn(versions, as);
}

export function contentTypeOf(form: Form): string {
  if (form === 'plain') return 'application/json';
  const { group, version } = versions[form];
  return `application/json;g=${group};v=${version};as=${form}`;
}
