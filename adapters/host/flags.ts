import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from './process.ts';

/** What a schema library offers, as far as flags need it. */
interface FlagSchema<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

/** Reads a program's flags and checks them. @throws UsageError naming the flag that is wrong or missing. */
export function parseFlags<T>(
  schema: FlagSchema<T>,
  options: ParseArgsOptionsConfig,
  args: readonly string[],
): T {
  const parsed = schema.safeParse(readFlags(options, args));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageError(`--${String(issue?.path[0])}: ${issue?.message}`);
}

function readFlags(options: ParseArgsOptionsConfig, args: readonly string[]): unknown {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
