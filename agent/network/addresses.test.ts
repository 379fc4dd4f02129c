import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  allocateAddress,
  contains,
  formatAddress,
  gatewayAddress,
  parseAddress,
  parseCidr,
} from './addresses.ts';

const v4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n });
const v6 = fc.array(fc.constantFrom(0n, 0n, 1n, 0xffffn, 0xabcn), { minLength: 8, maxLength: 8 });

test('what is formatted is parsed back', () => {
  fc.assert(
    fc.property(v4, (value) => {
      assert.deepEqual(parseAddress(formatAddress(4, value)), { version: 4, value });
    }),
  );
  fc.assert(
    fc.property(v6, (groups) => {
      const value = groups.reduce<bigint>((sum, group) => sum * 65_536n + group, 0n);
      const text = formatAddress(6, value);
      assert.deepEqual(parseAddress(text), { version: 6, value }, text);
      // The platform's own canonical form (RFC 5952).
      assert.equal(new URL(`http://[${text}]/`).hostname, `[${text}]`);
    }),
  );
});

test('refuses what is no address or CIDR', () => {
  for (const text of [
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '1::2::3',
    '1:2:3',
    'g::',
    ':::',
    '10.0.0.1:1',
  ]) {
    assert.equal(parseAddress(text), undefined, text);
  }
  for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/129', '10.0.0.0/-1']) {
    assert.equal(parseCidr(text), undefined, text);
  }
});

test('the bridge has the first address', () => {
  const cidr = parseCidr('10.42.3.77/24');
  assert.ok(cidr !== undefined);
  assert.equal(gatewayAddress(cidr), '10.42.3.1');
  assert.equal(contains(cidr, '10.42.3.255'), true);
  assert.equal(contains(cidr, '10.42.4.0'), false);
  assert.equal(contains(cidr, 'fd00::1'), false);
});

test('gives every usable address once, then none', () => {
  fc.assert(
    fc.property(fc.integer({ min: 26, max: 32 }), fc.boolean(), (prefix, rotating) => {
      const used: string[] = [];
      const cidr = `10.42.3.64/${prefix}`;
      for (;;) {
        const address = allocateAddress(cidr, used, rotating ? used.at(-1) : undefined);
        if (address === undefined) break;
        assert.equal(used.includes(address), false);
        used.push(address);
      }
      assert.equal(used.length, Math.max(0, 2 ** (32 - prefix) - 3));
      const network = parseCidr(cidr);
      assert.ok(network !== undefined);
      for (const address of used) {
        assert.ok(contains(network, address));
        assert.notEqual(address, gatewayAddress(network));
      }
    }),
  );
});

test('a freed address rests until the others had their turn', () => {
  assert.equal(allocateAddress('10.42.3.0/29', [], '10.42.3.2'), '10.42.3.3');
  assert.equal(allocateAddress('10.42.3.0/29', [], '10.42.3.6'), '10.42.3.2');
  assert.equal(allocateAddress('10.42.3.0/29', ['10.42.3.3'], '10.42.3.2'), '10.42.3.4');
  assert.equal(allocateAddress('10.42.3.0/29', [], '10.99.0.1'), '10.42.3.2');
  assert.equal(allocateAddress('fd42:3::/64', ['fd42:3::2', 'fd42:3:0:0::3']), 'fd42:3::4');
  assert.equal(allocateAddress('nonsense', []), undefined);
});
