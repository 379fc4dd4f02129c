import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { apiVersionOf, kinds } from '../../kinds.ts';
import { pruneMessage } from '../prune.ts';
import { messageOf } from '../table.ts';
import { arbitraryMessage } from '../testing/arbitrary.ts';
import { encodeBody } from '../testing/encode.ts';
import { decodeProtobuf } from './decode.ts';
import { DecodeError } from './reader.ts';

/** Request bodies as kubectl 1.35.2 sent them. */
const captured = {
  'create configmap x --from-literal=a=b --from-literal=c=d': {
    body: 'azhzAAoPCgJ2MRIJQ29uZmlnTWFwEiMKEQoBeBIAGgAiACoAMgA4AEIAEgYKAWESAWISBgoBYxIBZBoAIgA=',
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: 'b', c: 'd' } },
  },
  'create secret generic s1 --from-literal=p=q': {
    body: 'azhzAAoMCgJ2MRIGU2VjcmV0Eh4KEgoCczESABoAIgAqADIAOABCABIGCgFwEgFxGgAaACIA',
    object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's1' }, data: { p: 'cQ==' } },
  },
  'create namespace foo': {
    body: 'azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhsKEwoDZm9vEgAaACIAKgAyADgAQgASABoCCgAaACIA',
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'foo' }, spec: {}, status: {} },
  },
  'create serviceaccount sa1': {
    body: 'azhzAAoUCgJ2MRIOU2VydmljZUFjY291bnQSFQoTCgNzYTESABoAIgAqADIAOABCABoAIgA=',
    object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa1' } },
  },
  'create service clusterip svc1 --tcp=80:8080': {
    body:
      'azhzAAoNCgJ2MRIHU2VydmljZRJsCiEKBHN2YzESABoAIgAqADIAOABCAFoLCgNhcHASBHN2YzESQwobCgc4MC04MDgwEgNUQ1AYUCIHCAAQkD8a' +
      'ACgAEgsKA2FwcBIEc3ZjMRoAIglDbHVzdGVySVA6AEIAUgBaAGAAaAAaAgoAGgAiAA==',
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'svc1', labels: { app: 'svc1' } },
      spec: {
        ports: [{ name: '80-8080', protocol: 'TCP', port: 80, targetPort: 8080 }],
        selector: { app: 'svc1' },
        type: 'ClusterIP',
      },
      status: { loadBalancer: {} },
    },
  },
};

describe('decodeProtobuf', () => {
  for (const [command, { body, object }] of Object.entries(captured)) {
    it(`reads what kubectl sends for: ${command}`, () => {
      assert.deepEqual(decodeProtobuf(Buffer.from(body, 'base64')).object, object);
    });
  }

  for (const kind of kinds) {
    it(`reads back any ${kind.kind} that was written`, () => {
      const message = messageOf(kind.message);
      fc.assert(
        fc.property(arbitraryMessage(message, 4), (object) => {
          const bytes = encodeBody(apiVersionOf(kind), kind.kind, message, object);
          const expected = {
            apiVersion: apiVersionOf(kind),
            kind: kind.kind,
            ...pruneMessage(message, object),
          };
          assert.deepEqual(decodeProtobuf(bytes).object, expected);
        }),
        { numRuns: 60 },
      );
    });
  }

  it('tells a grace period of zero from none', () => {
    const message = messageOf('meta.v1.DeleteOptions');
    const bytes = encodeBody('v1', 'DeleteOptions', message, { gracePeriodSeconds: 0 });
    assert.deepEqual(decodeProtobuf(bytes).object, {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
    });
  });

  it('takes a map’s value that is left out for an empty one', () => {
    const meta = '0a0f0a0276311209436f6e6669674d6170';
    const bytes = Buffer.from(`6b387300${meta}12051203${'0a0161'}`, 'hex');
    assert.deepEqual(decodeProtobuf(bytes).object, { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '' } });
  });

  it('keeps a key named __proto__ as a key', () => {
    const message = messageOf('core.v1.ConfigMap');
    const data = JSON.parse('{"__proto__":"x"}');
    const { object } = decodeProtobuf(encodeBody('v1', 'ConfigMap', message, { data }));
    assert.equal(JSON.stringify((object as { data: unknown }).data), '{"__proto__":"x"}');
  });

  it('says what is wrong with a body of another kind or form', () => {
    assert.throws(() => decodeProtobuf(Buffer.from('{}')), /begin with the four bytes/);
    const unknown = encodeBody('v1', 'Gadget', messageOf('core.v1.ConfigMap'), {});
    assert.throws(() => decodeProtobuf(unknown), /no kind "Gadget" in "v1" is known/);
    const torn = Buffer.from(captured['create namespace foo'].body, 'base64').subarray(0, 30);
    assert.throws(() => decodeProtobuf(torn), /beyond the end at byte/);
  });

  it('throws nothing but DecodeError on any bytes, however close to a real body', () => {
    const bodies = Object.values(captured).map(({ body }) => Buffer.from(body, 'base64'));
    const flips = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 5 });
    const mutated = fc.tuple(fc.constantFrom(...bodies), flips).map(([body, changes]) => {
      const bytes = Buffer.from(body);
      for (const [at, value] of changes) bytes[4 + (at % (bytes.length - 4))] = value;
      return bytes;
    });
    const arbitrary = fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes]));
    fc.assert(fc.property(fc.oneof(mutated, arbitrary, fc.uint8Array()), throwsOnlyDecodeError), {
      numRuns: 3_000,
    });
  });
});

function throwsOnlyDecodeError(bytes: Uint8Array): void {
  try {
    decodeProtobuf(bytes);
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
  }
}
