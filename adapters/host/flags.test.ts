import assert from 'node:assert/strict';
import test from 'node:test';
import { parseFlags } from './flags.ts';
import { UsageError } from './process.ts';

const options = { port: { type: 'string' }, fast: { type: 'boolean', default: false } } as const;
/** Takes any port but 0. */
const schema = {
  safeParse: (value: unknown) => {
    const { port } = value as { port?: string };
    return port === undefined || port === '0'
      ? ({ success: false, error: { issues: [{ path: ['port'], message: 'must be a port' }] } } as const)
      : ({ success: true, data: value } as const);
  },
};

test('flags are read with their defaults, and handed to the schema', () => {
  assert.deepEqual(
    { ...(parseFlags(schema, options, ['--port', '7']) as object) },
    { port: '7', fast: false },
  );
  assert.deepEqual(
    { ...(parseFlags(schema, options, ['--fast', '--port=7']) as object) },
    { port: '7', fast: true },
  );
});

test('what is wrong, missing or unknown is named', () => {
  const refused = (args: readonly string[]): string => {
    try {
      parseFlags(schema, options, args);
    } catch (error) {
      if (error instanceof UsageError) return error.message;
      throw error;
    }
    return 'taken';
  };
  assert.equal(refused(['--port', '0']), '--port: must be a port');
  assert.equal(refused([]), '--port: must be a port');
  assert.match(refused(['--prot', '7']), /--prot/);
  assert.match(refused(['stray']), /stray/);
});
