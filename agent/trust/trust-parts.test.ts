import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { explained } from './connection-errors.ts';

const url = new URL('https://10.0.0.1:6443/bramble/v1/join');
const failed = (code: string): Error => explained(url, Object.assign(new Error('words'), { code }));

test('a clock that is off is told from a controller that is not there', () => {
  for (const code of ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']) {
    const error = failed(code);
    assert.ok(error instanceof BrambleError && error.code === 'BRAMBLE_CLOCK_WRONG', code);
    assert.match(error.explanation, /Set the clock/);
  }
  for (const code of ['ECONNREFUSED', 'EHOSTUNREACH', 'ERR_SSL_WRONG_VERSION_NUMBER']) {
    const error = failed(code);
    assert.ok(error instanceof BrambleError && error.code === 'BRAMBLE_CONTROLLER_UNREACHABLE', code);
    assert.match(error.message, /^10\.0\.0\.1:6443: /);
  }
  assert.ok(!(failed('EMFILE') instanceof BrambleError), 'what is not understood is left as it is');
});
