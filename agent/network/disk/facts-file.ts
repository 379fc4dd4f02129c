import { join } from 'node:path';
import { readIfThere, writeDurably } from '@bramble/adapters/host/durable-file.ts';
import type { FactsFile } from '../port.ts';

/** Beside the journal: what this board must know of its network when it starts without a link. */
export class DiskFactsFile implements FactsFile {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'agent', 'network.json');
  }

  read(): Promise<string | undefined> {
    return readIfThere(this.#path).catch(() => undefined);
  }

  write(content: string): Promise<void> {
    return writeDurably(this.#path, content);
  }
}
