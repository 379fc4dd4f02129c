import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { apiVersionOf } from '@bramble/protocol/kinds.ts';
import { parseAllDocuments } from 'yaml';
import type { FleetClient } from './client.ts';
import { dumped, type OutputFormat, resultLines } from './output.ts';
import { parseResources } from './resources.ts';
import { print } from './run.ts';

export interface HandOptions {
  readonly namespace: string;
  readonly output: OutputFormat;
}

/** Hands files over to be applied, or deleted. False when something was refused. */
export async function handFiles(
  client: FleetClient,
  what: 'apply' | 'delete',
  files: readonly string[],
  options: HandOptions,
): Promise<boolean> {
  let good = true;
  for (const file of files)
    good = (await hand(client, what, inNamespace(await contentOf(file), options), options)) && good;
  return good;
}

/** `delete pod hello`, `delete pod/hello service/web`. */
export async function deleteNamed(
  client: FleetClient,
  words: readonly string[],
  options: HandOptions,
): Promise<boolean> {
  const documents = parseResources(words).map(({ kind, name }) => {
    if (name === undefined)
      throw new Error(`say which of the ${kind.plural}: bramble delete ${kind.singular} NAME, or -f FILE`);
    const metadata = kind.namespaced ? { name, namespace: options.namespace } : { name };
    return JSON.stringify({ apiVersion: apiVersionOf(kind), kind: kind.kind, metadata });
  });
  return hand(client, 'delete', documents.join('\n---\n'), options);
}

async function hand(
  client: FleetClient,
  what: 'apply' | 'delete',
  content: string,
  { output }: HandOptions,
): Promise<boolean> {
  const result = await client.hand(what, content);
  const { done, refused } = resultLines(result);
  if (output === 'json' || output === 'yaml') print(dumped(result.items, output));
  else print(done.join('\n'));
  if (refused.length > 0) process.stderr.write(`${refused.join('\n')}\n`);
  return result.items.every((item) => 'action' in item);
}

async function contentOf(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Error(`${file} is not there`);
    throw new Error(`${file} cannot be read: ${error.message}`);
  });
}

/** Documents that name no namespace go to the one that was asked for. What is no YAML goes as it is: the answer says why not. */
function inNamespace(content: string, { namespace }: HandOptions): string {
  if (namespace === 'default') return content;
  const documents = parseAllDocuments(content);
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return content;
  for (const document of documents)
    if (document.has('metadata') && document.getIn(['metadata', 'namespace']) === undefined)
      document.setIn(['metadata', 'namespace'], namespace);
  return documents.map(String).join('---\n');
}
