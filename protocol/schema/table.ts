import generated from './table.generated.json' with { type: 'json' };
import type { FieldFormat, MessageFormat, Scalar, TableFormat } from './table-format.ts';

export type { Scalar } from './table-format.ts';

/** The table of fields, with every reference resolved once so that walking an object costs one look-up a field. */
export interface Message {
  readonly name: string;
  readonly kind: MessageFormat['kind'];
  readonly fields: ReadonlyMap<string, Field>;
  readonly wire: ReadonlyMap<number, WireTarget>;
}

export interface Field {
  readonly name: string;
  readonly shape: Shape;
  readonly required: boolean;
  /** An explicit zero is a value, not absence. */
  readonly pointer: boolean;
  readonly mergeKey: string | undefined;
  readonly patchStrategies: readonly string[];
  readonly listType: string | undefined;
  readonly listKeys: readonly string[] | undefined;
  readonly default: unknown;
}

export type Shape =
  | { readonly is: 'scalar'; readonly scalar: Scalar }
  | { readonly is: 'message'; readonly message: Message }
  | { readonly is: 'list'; readonly of: Shape }
  | { readonly is: 'map'; readonly of: Shape };

/** A field number leads to a field, or to the fields of a message embedded there. */
export type WireTarget = Field | ReadonlyMap<number, Field>;

interface MutableMessage extends Message {
  readonly fields: Map<string, Field>;
  readonly wire: Map<number, Field | Map<number, Field>>;
}

const messages: ReadonlyMap<string, Message> = compile(generated as unknown as TableFormat);

/** The message of that name; an unknown name is a mistake of the caller's, not of its input. */
export function messageOf(name: string): Message {
  const message = messages.get(name);
  if (!message) throw new Error(`the table has no message ${name}: add it to the generator's roots`);
  return message;
}

export function allMessages(): Iterable<Message> {
  return messages.values();
}

/** Messages first and fields second, because messages refer to one another in any order. */
function compile(table: TableFormat): ReadonlyMap<string, Message> {
  const all = new Map<string, MutableMessage>();
  for (const [name, { kind }] of Object.entries(table.messages)) {
    all.set(name, { name, kind, fields: new Map(), wire: new Map() });
  }
  for (const [name, { fields }] of Object.entries(table.messages)) {
    for (const [field, format] of Object.entries(fields)) addField(all, name, field, format);
  }
  return all;
}

function addField(
  all: ReadonlyMap<string, MutableMessage>,
  message: string,
  name: string,
  format: FieldFormat,
): void {
  const [number, type, extras = {}] = format;
  const field: Field = {
    name,
    shape: shapeOf(all, type),
    required: extras.r === 1,
    pointer: extras.p === 1,
    mergeKey: extras.m,
    patchStrategies: extras.s?.split(',') ?? [],
    listType: extras.t,
    listKeys: extras.k,
    default: extras.d,
  };
  const owner = all.get(message);
  owner?.fields.set(name, field);
  if (owner) addWire(owner.wire, number, field);
}

function addWire(wire: MutableMessage['wire'], number: number | string, field: Field): void {
  if (number === 0) return;
  if (typeof number === 'number') {
    wire.set(number, field);
    return;
  }
  const [outer = 0, inner = 0] = number.split('.').map(Number);
  const embedded = wire.get(outer);
  if (embedded instanceof Map) embedded.set(inner, field);
  else wire.set(outer, new Map([[inner, field]]));
}

function shapeOf(all: ReadonlyMap<string, Message>, type: string): Shape {
  if (type.startsWith('[]')) return { is: 'list', of: shapeOf(all, type.slice(2)) };
  if (type.startsWith('{}')) return { is: 'map', of: shapeOf(all, type.slice(2)) };
  const message = all.get(type);
  return message ? { is: 'message', message } : { is: 'scalar', scalar: type as Scalar };
}
