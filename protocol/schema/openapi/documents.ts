import { createHash } from 'node:crypto';
import { type Kind, kinds } from '../../kinds.ts';
import { groupVersionPath, type OperationWriter, pathsOf } from './paths.ts';
import { allSchemas, type Dialect, dialectV2, dialectV3, refTo, type Schema, schemaName } from './schemas.ts';

const info = { title: 'Bramble', version: 'v1' };
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];
const bodyTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

/** `GET /openapi/v3`: where each group version's document is; its hash lets clients keep what they have. */
export function openApiV3Index(): Schema {
  const groupVersions = new Map(kinds.map((kind) => [groupVersionPath(kind), kind]));
  const paths = [...groupVersions].map(([path, kind]) => {
    const text = JSON.stringify(openApiV3(kind.group, kind.version));
    const hash = createHash('sha256').update(text).digest('hex').toUpperCase();
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
  });
  return { paths: Object.fromEntries(paths) };
}

/**
 * `GET /openapi/v3/api/v1` and the like; undefined for a group version that is not served.
 * Built anew each time, in some milliseconds: whoever serves it keeps the text.
 */
export function openApiV3(group: string, version: string): Schema | undefined {
  const served = kinds.filter((kind) => kind.group === group && kind.version === version);
  if (served.length === 0) return undefined;
  return {
    openapi: '3.0.0',
    info,
    paths: pathsOfAll(served, writerV3),
    components: { schemas: schemasFor(served) },
  };
}

/** `GET /openapi/v2`: all group versions in one document. */
export function openApiV2(): Schema {
  return { swagger: '2.0', info, paths: pathsOfAll(kinds, writerV2), definitions: allSchemas(dialectV2) };
}

function pathsOfAll(served: readonly Kind[], writer: OperationWriter): Schema {
  return Object.assign({}, ...served.map((kind) => pathsOf(kind, writer)));
}

/** What the group's kinds refer to, directly or not. Other groups' schemas would only make the document longer. */
function schemasFor(served: readonly Kind[]): Schema {
  const all = allSchemas(dialectV3);
  const kept: Record<string, Schema> = {};
  const waiting = served.flatMap((kind) => [schemaName(kind.message), `${schemaName(kind.message)}List`]);
  waiting.push(schemaName('meta.v1.DeleteOptions'), schemaName('meta.v1.Status'));
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const schema = all[name];
    if (!schema || kept[name]) continue;
    kept[name] = schema;
    waiting.push(...refsIn(schema));
  }
  return kept;
}

function refsIn(schema: Schema): string[] {
  const refs = JSON.stringify(schema).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g);
  return [...refs].map(([, name = '']) => name);
}

function content(types: readonly string[], schema: Schema): Schema {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function nameOf(kind: Kind, list: boolean): string {
  return schemaName(kind.message) + (list ? 'List' : '');
}

function ref(dialect: Dialect, name: string): Schema {
  return { $ref: dialect.refPrefix + name };
}

const writerV3: OperationWriter = {
  query: (name) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } }),
  path: (name) => ({ name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } }),
  body: (kind, patch) => ({
    requestBody: {
      required: true,
      content: patch
        ? content(patchTypes, { type: 'object' })
        : content(bodyTypes, ref(dialectV3, nameOf(kind, false))),
    },
  }),
  answer: (kind, list) => ({
    description: 'OK',
    content: content(bodyTypes.slice(0, 2), ref(dialectV3, nameOf(kind, list))),
  }),
};

const writerV2: OperationWriter = {
  query: (name) => ({ name, in: 'query', type: 'string', uniqueItems: true }),
  path: (name) => ({ name, in: 'path', required: true, type: 'string', uniqueItems: true }),
  body: (kind, patch) => ({
    consumes: patch ? patchTypes : bodyTypes,
    parameters: [
      {
        name: 'body',
        in: 'body',
        required: true,
        schema: patch ? { type: 'object' } : refTo(dialectV2, nameOf(kind, false)),
      },
    ],
  }),
  answer: (kind, list) => ({ description: 'OK', schema: refTo(dialectV2, nameOf(kind, list)) }),
};
