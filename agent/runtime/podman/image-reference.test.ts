import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeImageReference, imagePath } from './image-reference.ts';

test('image names are completed as Docker does', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const completed = {
    nginx: 'docker.io/library/nginx:latest',
    'nginx:1.27': 'docker.io/library/nginx:1.27',
    'team/app': 'docker.io/team/app:latest',
    'ghcr.io/team/app': 'ghcr.io/team/app:latest',
    'localhost/bramble/hello:1': 'localhost/bramble/hello:1',
    'registry:5000/app': 'registry:5000/app:latest',
    '127.0.0.1:5000/a/b:c': '127.0.0.1:5000/a/b:c',
    [`quay.io/a/b@${digest}`]: `quay.io/a/b@${digest}`,
  };
  for (const [image, whole] of Object.entries(completed)) {
    assert.equal(completeImageReference(image), whole);
    assert.equal(completeImageReference(whole), whole);
  }
});

test('no image name leaves its place in a path', () => {
  assert.equal(imagePath('localhost/a b?x#y'), 'localhost/a%20b%3Fx%23y%3Alatest');
});
