/** An AggregateError (several addresses tried) has an empty message of its own. */
export function describe(error: Error): string {
  const parts = error instanceof AggregateError ? error.errors : [error];
  return parts.map((part) => (part instanceof Error ? part.message : String(part))).join('; ');
}
