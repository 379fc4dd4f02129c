import * as z from './zod.ts';

// What many schemas have in common: text, lists and numbers with their bounds.

export const textUpTo = (characters: number) => z.string().check(z.maxLength(characters));

export const listUpTo = <Item extends z.ZodMiniType>(items: number, item: Item) =>
  z.array(item).check(z.maxLength(items));

export const wholeFrom = (least: number) => z.int().check(z.gte(least));

export const wholeWithin = (least: number, most: number) => z.int().check(z.gte(least), z.lte(most));

export const portNumber = wholeWithin(1, 65_535);

/** Grows with every start of whom it is about, or with every fact that it says. */
export const term = wholeWithin(0, Number.MAX_SAFE_INTEGER);

/** Of an object as its board sees it. */
export const digest = z.string().check(z.regex(/^[0-9a-f]{16}$/));

/** Kubernetes' or another's JSON object, whatever is in it. */
export const anyObject = z.record(z.string(), z.unknown());

/** The same, with what the reference says of it. zod's own `describe` is a check, which each message would run through. */
export function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  const own = schema.clone();
  z.globalRegistry.add(own, { description });
  return own;
}
