import { FleetClient } from './client.ts';
import { findLogin } from './login.ts';

/** What every command that asks the fleet takes. */
export interface FleetOptions {
  readonly login?: string;
  readonly dataDir: string;
}

/** Connects, works, and disconnects, whatever became of it. */
export async function withFleet<T>(
  options: FleetOptions,
  work: (client: FleetClient) => Promise<T>,
): Promise<T> {
  const login = await findLogin({ file: options.login, dataDir: options.dataDir });
  const client = await FleetClient.connect(login);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

export function print(text: string): void {
  if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Aborted by Ctrl-C: what is followed ends, and the connection is closed in order. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  process.once('SIGTERM', () => controller.abort());
  return controller.signal;
}
