import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  bytesOf,
  canonicalQuantity,
  cpuToMilli,
  isQuantity,
  parseQuantity,
  quantityToNumber,
} from './quantity.ts';

describe('quantities', () => {
  it('have the canonical form that Kubernetes stores', () => {
    const forms: Readonly<Record<string, string>> = {
      '1': '1',
      '0.5': '500m',
      '1.5Gi': '1536Mi',
      '1024Mi': '1Gi',
      '0.5Ki': '512',
      '1e3': '1e3',
      '1500': '1500',
      '100000': '100k',
      '-3k': '-3k',
      '+2': '2',
      '.5': '500m',
      '1.': '1',
      '0.1n': '1n',
      '0Mi': '0',
      '1.5Mi': '1536Ki',
      '1e-3': '1e-3',
    };
    for (const [text, canonical] of Object.entries(forms))
      assert.equal(canonicalQuantity(text), canonical, text);
  });

  it('are refused where Kubernetes refuses them', () => {
    for (const text of [
      '',
      '.',
      '1Kib',
      'abc',
      '1 ',
      '--1',
      '1e',
      '0x1',
      '1mi',
      'NaN',
      '1,5',
      '9'.repeat(65),
    ]) {
      assert.equal(isQuantity(text), false, text);
      assert.throws(() => parseQuantity(text), RangeError);
    }
  });

  it('are numbers in base units, rounded up where the unit is whole', () => {
    assert.equal(quantityToNumber('250m'), 0.25);
    assert.equal(cpuToMilli('1.5'), 1500);
    assert.equal(cpuToMilli('0.1m'), 1);
    assert.equal(bytesOf('64Mi'), 67_108_864);
    assert.equal(bytesOf('0.5'), 1);
    assert.equal(parseQuantity('-1').milli, -1000n);
  });

  it('are capped at 2^63-1, whatever their exponent', () => {
    assert.equal(canonicalQuantity('1e999999999'), '9223372036854775807');
    assert.equal(canonicalQuantity('1e-999999999'), '1e-9');
  });

  it('keep their value in canonical form, and are fixed by it', () => {
    const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e2', 'E-3');
    const text = fc
      .tuple(fc.integer({ min: -9_999_999, max: 9_999_999 }), fc.nat(999), suffix)
      .map(([whole, fraction, unit]) => `${whole}.${fraction}${unit}`);
    fc.assert(
      fc.property(text, (quantity) => {
        const canonical = canonicalQuantity(quantity);
        assert.equal(parseQuantity(canonical).nano, parseQuantity(quantity).nano);
        assert.equal(canonicalQuantity(canonical), canonical);
      }),
    );
  });

  it('throw a RangeError or nothing on any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => isQuantity(text) === !throws(() => canonicalQuantity(text))),
    );
  });
});

function throws(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch (error) {
    assert.ok(error instanceof RangeError);
    return true;
  }
}
