import assert from 'node:assert/strict';
import test from 'node:test';
import type { DesiredPod } from './desired.ts';
import { registryAuth } from './registry-auth.ts';

const encoded = Buffer.from('ada:pass:word').toString('base64');
const auths = {
  'images.example:5000': { username: 'bob', password: 'secret' },
  'https://other.example': { auth: encoded },
  'https://index.example/v1/': { auth: encoded },
};

function pod(content: unknown): DesiredPod {
  const bytes = Buffer.from(JSON.stringify(content));
  const spec = { containers: [], imagePullSecrets: [{ name: 'missing' }, { name: 'pull' }] };
  const data = new Map([['secrets/pull', new Map([['.dockerconfigjson', bytes]])]]);
  return { pod: { spec }, data } as unknown as DesiredPod;
}

test('the secret is chosen by the image’s registry', () => {
  const ada = { username: 'ada', password: 'pass:word' };
  const desired = pod({ auths });
  assert.deepEqual(registryAuth('images.example:5000/team/app:1', desired), {
    username: 'bob',
    password: 'secret',
  });
  assert.deepEqual(registryAuth('other.example/app', desired), ada);
  assert.deepEqual(registryAuth('library/app', desired), ada, 'an image that names no registry');
  assert.deepEqual(registryAuth('app', desired), ada);
  assert.equal(registryAuth('unknown.example/app', desired), undefined);
});

test('what cannot be read is passed over', () => {
  for (const content of [null, {}, { auths: 3 }, { auths: { 'other.example': { auth: '!' } } }])
    assert.equal(registryAuth('other.example/app', pod(content)), undefined);
});
