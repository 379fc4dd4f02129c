import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apiVersionOf, kinds } from '../../kinds.ts';
import { openApiV2, openApiV3, openApiV3Index } from './documents.ts';

interface Operation {
  readonly parameters: readonly { readonly name: string }[];
  readonly 'x-kubernetes-group-version-kind': { readonly kind: string };
}

interface Document {
  readonly paths: Readonly<Record<string, { readonly patch?: Operation }>>;
}

/** What kubectl does before it leaves validation to the server. */
function understandsFieldValidation(document: Document, kind: string): boolean {
  const patches = Object.values(document.paths).flatMap(({ patch }) => (patch ? [patch] : []));
  return patches.some(
    (patch) =>
      patch['x-kubernetes-group-version-kind'].kind === kind &&
      patch.parameters.some(({ name }) => name === 'fieldValidation'),
  );
}

function unresolved(document: object, prefix: string, defined: object): string[] {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref);
  return refs.filter((ref) => !ref.startsWith(prefix) || !Object.hasOwn(defined, ref.slice(prefix.length)));
}

describe('OpenAPI documents', () => {
  for (const kind of kinds) {
    it(`tell kubectl that the server validates the fields of a ${kind.kind}`, () => {
      for (const document of [openApiV3(kind.group, kind.version), openApiV2()]) {
        assert.ok(understandsFieldValidation(document as unknown as Document, kind.kind));
      }
    });
  }

  it('refer to nothing that they do not define', () => {
    const v2 = openApiV2();
    assert.deepEqual(unresolved(v2, '#/definitions/', v2.definitions as object), []);
    for (const kind of kinds) {
      const v3 = openApiV3(kind.group, kind.version) ?? {};
      const { schemas } = v3.components as { schemas: object };
      assert.deepEqual(unresolved(v3, '#/components/schemas/', schemas), [], apiVersionOf(kind));
    }
  });

  it('carry the merge keys that clients patch by', () => {
    const core = openApiV3('', 'v1') ?? {};
    const { schemas } = core.components as { schemas: Record<string, { properties: object }> };
    assert.deepEqual(
      Object.entries(schemas['io.k8s.api.core.v1.PodSpec']?.properties ?? {}).find(
        ([name]) => name === 'containers',
      ),
      [
        'containers',
        {
          type: 'array',
          items: { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Container' }], default: {} },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          'x-kubernetes-patch-merge-key': 'name',
          'x-kubernetes-patch-strategy': 'merge',
        },
      ],
    );
  });

  it('are listed with a hash that changes only when they do', () => {
    const index = openApiV3Index() as { paths: Record<string, { serverRelativeURL: string }> };
    assert.deepEqual(Object.keys(index.paths), [
      'api/v1',
      'apis/coordination.k8s.io/v1',
      'apis/discovery.k8s.io/v1',
      'apis/apps/v1',
      'apis/batch/v1',
      'apis/policy/v1',
    ]);
    assert.match(
      index.paths['api/v1']?.serverRelativeURL ?? '',
      /^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{64}$/,
    );
    assert.deepEqual(openApiV3Index(), index);
    assert.equal(openApiV3('apps', 'v2'), undefined);
  });
});
