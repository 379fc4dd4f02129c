import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readInput } from './input.ts';
import { roots } from './roots.ts';
import { buildTable } from './table.ts';
import { buildTypes } from './types.ts';

/** `node protocol/schema/generate/main.ts --data FOLDER`: writes both generated files beside this folder. */
function main(): void {
  const { values } = parseArgs({ options: { data: { type: 'string' } } });
  if (!values.data) throw new Error('say where the OpenAPI and protobuf documents are: --data FOLDER');
  const table = buildTable(readInput(values.data), roots);
  const folder = join(import.meta.dirname, '..');
  writeFileSync(join(folder, 'table.generated.json'), `${tableText(table)}\n`);
  writeFileSync(join(folder, 'types.generated.ts'), buildTypes(table));
}

/** One message a line, so that a new version of Kubernetes shows as a short difference. */
function tableText(table: ReturnType<typeof buildTable>): string {
  const lines = Object.entries(table.messages).map(
    ([name, message]) => `${JSON.stringify(name)}:${JSON.stringify(message)}`,
  );
  return `{"messages":{\n${lines.join(',\n')}\n}}`;
}

main();
