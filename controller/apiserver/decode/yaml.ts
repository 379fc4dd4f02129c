import { createRequire } from 'node:module';
import { limits } from '@bramble/protocol/limits.ts';
import { maxJsonDepth } from '@bramble/protocol/schema/json.ts';
import type { Document, Tags, YAMLParseError } from 'yaml';
import { bounds } from '../bounds.ts';
import { type DecodedValue, joinPath, maxDuplicates } from './decoded.ts';
import { describeYamlFault } from './yaml-fault.ts';

type Yaml = typeof import('yaml');

/** Loaded when YAML first comes: most of what comes is JSON, and a controller that only waits is smaller without. */
const load = createRequire(import.meta.url);

/**
 * A stream of YAML documents, empty ones left out, each as JSON knows values, and read when it is asked for. Never throws.
 * As Kubernetes reads YAML: 1.1, so that `0644` is octal and `yes` is true, without its times and base-60 numbers.
 */
export function* decodeYaml(text: string): Generator<DecodedValue, void> {
  const excess = excessOf(text);
  if (excess !== undefined) return yield fault(excess);
  const yaml = load('yaml') as Yaml;
  const lines = new yaml.LineCounter();
  const composer = new yaml.Composer({
    version: '1.1',
    schema: 'yaml-1.1',
    customTags: withoutTimes,
    uniqueKeys: false,
    logLevel: 'silent',
  });
  const describe = (error: YAMLParseError): string => describeYamlFault(error, text, lines);
  try {
    for (const document of composer.compose(new yaml.Parser(lines.addNewLine).parse(text)))
      if (!isEmpty(yaml, document)) yield decodeDocument(yaml, document, describe);
  } catch (error) {
    yield fault(error instanceof Error ? error.message : String(error));
  }
}

/** What is too much of it, found without parsing: that is what takes the time. */
function excessOf(text: string): string | undefined {
  if (text.length > bounds.yamlCharacters) {
    return `${text.length} characters; at most ${bounds.yamlCharacters} are taken as YAML: send it as JSON`;
  }
  const documents = (text.match(/^---/gm) ?? []).length;
  if (documents <= limits.applyDocuments) return undefined;
  return `${documents} documents; at most ${limits.applyDocuments} are taken`;
}

const yes = /^(?:[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON)$/;
const no = /^(?:[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/;

/** The library takes a lone dot for a number; Kubernetes does not, and neither does who lists the folder `.`. */
const numberStart = '[-+]?\\.?(?:[0-9]|inf|nan)';

/** Also lets `y` and `n` be what they mostly are, a letter. */
function withoutTimes(tags: Tags): Tags {
  const kept = tags.filter(
    (tag) =>
      typeof tag === 'string' || (tag.tag !== 'tag:yaml.org,2002:timestamp' && formatOf(tag) !== 'TIME'),
  );
  return kept.map((tag) => {
    if (typeof tag === 'string' || !('test' in tag) || !tag.test) return tag;
    if (tag.tag === 'tag:yaml.org,2002:bool')
      return { ...tag, test: tag.test.test('yes') ? yes : no } as typeof tag;
    if (tag.tag !== 'tag:yaml.org,2002:float') return tag;
    return { ...tag, test: new RegExp(`^(?=${numberStart})(?:${tag.test.source})`, 'i') } as typeof tag;
  });
}

function formatOf(tag: object): unknown {
  return 'format' in tag ? tag.format : undefined;
}

function isEmpty({ isScalar }: Yaml, { contents, errors }: Document.Parsed): boolean {
  return errors.length === 0 && (contents === null || (isScalar(contents) && contents.value === null));
}

function decodeDocument(
  yaml: Yaml,
  document: Document.Parsed,
  describe: (error: YAMLParseError) => string,
): DecodedValue {
  const [error] = document.errors;
  if (error) return fault(describe(error));
  const duplicateFields: string[] = [];
  if (!collectDuplicates(yaml, document.contents, [], duplicateFields)) {
    return fault(`nested deeper than ${maxJsonDepth} levels`);
  }
  // Through JSON, so that what comes out is what JSON can hold: no dates, no maps, no shared parts.
  const value: unknown = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 })) ?? 'null');
  return { ok: true, value, duplicateFields };
}

/** False if the document nests too deep to be followed. */
function collectDuplicates(
  yaml: Yaml,
  node: unknown,
  path: readonly (string | number)[],
  found: string[],
): boolean {
  const { isMap, isScalar, isSeq } = yaml;
  if (path.length > maxJsonDepth) return false;
  if (isSeq(node)) return node.items.every((item, at) => collectDuplicates(yaml, item, [...path, at], found));
  if (!isMap(node)) return true;
  const names = new Set<string>();
  return node.items.every(({ key, value }) => {
    // A key is a name, even where it looks like a number or a flag.
    if (isScalar(key) && typeof key.value !== 'string' && typeof key.value !== 'symbol')
      key.value = key.source;
    const name = String(isScalar(key) ? key.value : key);
    const at = [...path, name];
    if (names.has(name) && found.length < maxDuplicates) found.push(joinPath(at));
    names.add(name);
    return collectDuplicates(yaml, value, at, found);
  });
}

function fault(message: string): DecodedValue {
  return { ok: false, message: `error parsing YAML: ${message}` };
}
