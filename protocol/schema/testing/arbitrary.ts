import fc from 'fast-check';
import type { JsonObject } from '../json.ts';
import type { Field, Message, Scalar, Shape } from '../table.ts';
import { timeText } from '../time.ts';

/** Objects of a message that are sound in structure, with any of its fields: what the wire can carry, and no more. */
export function arbitraryMessage(message: Message, depth = 3): fc.Arbitrary<JsonObject> {
  const fields = wireFields(message).filter((field) => depth > 0 || field.shape.is === 'scalar');
  if (fields.length === 0) return fc.constant({});
  return fc
    .subarray(fields, { maxLength: Math.min(8, fields.length) })
    .chain((chosen) => fc.record(recordOf(chosen, depth))) as fc.Arbitrary<JsonObject>;
}

function wireFields(message: Message): Field[] {
  return [...message.wire.values()].flatMap((target) =>
    target instanceof Map ? [...(target.values() as Iterable<Field>)] : [target as Field],
  );
}

function recordOf(fields: readonly Field[], depth: number): Record<string, fc.Arbitrary<unknown>> {
  return Object.fromEntries(fields.map((field) => [field.name, arbitraryShape(field.shape, depth - 1)]));
}

function arbitraryShape(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  if (shape.is === 'message') return arbitraryMessage(shape.message, depth);
  if (shape.is === 'list') return fc.array(arbitraryShape(shape.of, depth), { maxLength: 3 });
  if (shape.is === 'map')
    return fc.dictionary(fc.string({ maxLength: 8 }), arbitraryShape(shape.of, depth), {
      maxKeys: 3,
      noNullPrototype: true,
    });
  return scalars[shape.scalar];
}

const moment = fc.integer({ min: 0, max: 4_102_444_800 }).map((seconds) => timeText({ seconds, nanos: 0 }));

const scalars: Readonly<Record<Scalar, fc.Arbitrary<unknown>>> = {
  string: fc.string({ maxLength: 12, unit: 'grapheme' }),
  boolean: fc.boolean(),
  int32: fc.integer(),
  int64: fc.maxSafeInteger().map((value) => value + 0),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  bytes: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  quantity: fc
    .tuple(fc.integer(), fc.constantFrom('', 'm', 'k', 'Mi', 'Gi', 'u', 'e3'))
    .map(([n, suffix]) => `${n}${suffix}`),
  time: moment,
  microTime: moment,
  intOrString: fc.oneof(fc.integer(), fc.string({ maxLength: 8 })),
  any: fc.constant({ 'f:metadata': { '.': {} } }),
};
