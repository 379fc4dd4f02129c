import { described, textUpTo, wholeFrom, wholeWithin } from '../shapes.ts';
import * as z from '../zod.ts';

/**
 * `get/{user}/{id}`: a read of the Kubernetes API, answered on `results/{user}/{id}`. The payload may also be the path
 * alone, as text. Changes go by `apply` and `delete`.
 */
export const readRequest = z.strictObject({
  path: described(
    z.string().check(z.startsWith('/'), z.maxLength(8_192)),
    'path and query as of HTTPS: `/api/v1/namespaces/default/pods?limit=50`, `…/pods/hello/log?follow=true`',
  ),
  accept: described(
    z.optional(textUpTo(256)),
    'as in HTTP: `application/json;as=Table;g=meta.k8s.io;v=v1` asks for the columns that kubectl prints',
  ),
});
export type ReadRequest = z.infer<typeof readRequest>;

/** The reader has had so many parts of a log or a watch, and takes as many again. 0 only says that it is still there. */
export const readMore = z.strictObject({
  more: described(
    wholeWithin(0, 64),
    'parts of an open log or watch that the reader has had; 0 only says that it is still there',
  ),
});

/** The reader has gone. */
export const readClose = z.strictObject({ close: described(z.literal(true), 'the reader wants no more') });

export const readOrder = z.union([readRequest, readMore, readClose]);
export type ReadOrder = z.infer<typeof readOrder>;

/**
 * `results/{user}/{id}` of a read. An object, a list or a Status comes whole in `body`; a log or a watch comes as parts in
 * `text`, in order of `sequence` (from 0), until one has `end`.
 */
export const readAnswer = z.object({
  id: z.string(),
  sequence: described(wholeFrom(0), 'of the parts of one answer, from 0'),
  code: described(z.int(), 'as HTTP’s'),
  end: described(z.boolean(), 'nothing comes after this'),
  body: described(z.optional(z.unknown()), 'an object, a list, a Table or a Status'),
  text: described(z.optional(z.string()), 'a part of a log, or lines of a watch, each an event in JSON'),
});
export type ReadAnswer = z.infer<typeof readAnswer>;
