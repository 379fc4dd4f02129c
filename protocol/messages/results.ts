import * as z from '../zod.ts';

/** `results/{user}/{id}`: one entry per document handed over, in their order. */
export const appliedObject = z.object({
  action: z.enum(['created', 'configured', 'unchanged', 'deleted']),
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.optional(z.string()),
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  warnings: z.optional(z.array(z.string())),
});
export type AppliedObject = z.infer<typeof appliedObject>;

/** Kubernetes' Status (meta/v1), as an answer to one document. */
export const failure = z.looseObject({
  kind: z.literal('Status'),
  status: z.literal('Failure'),
  code: z.number(),
  reason: z.string(),
  message: z.string(),
});

export const result = z.object({ id: z.string(), items: z.array(z.union([appliedObject, failure])) });
export type Result = z.infer<typeof result>;
