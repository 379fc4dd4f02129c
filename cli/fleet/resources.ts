import { apiVersionOf, type Kind, kinds } from '@bramble/protocol/kinds.ts';

/** What a person names: `pods`, `pod/hello`, `deploy web`, `pods,services`. */
export interface Named {
  readonly kind: Kind;
  /** Absent: all of them. */
  readonly name: string | undefined;
}

/** @throws Error that says what is wrong, and how it is written. */
export function parseResources(words: readonly string[]): Named[] {
  const [first, ...rest] = words;
  if (first === undefined) throw new Error(`say what: a kind (${examples}), or KIND/NAME`);
  if (words.some((word) => word.includes('/'))) return words.map(parsePair);
  const found = first.split(',').map((word) => kindOf(word));
  if (rest.length === 0) return found.flat().map((kind) => ({ kind, name: undefined }));
  return found.flat().flatMap((kind) => rest.map((name) => ({ kind, name })));
}

function parsePair(word: string): Named {
  const [kind = '', name = '', ...more] = word.split('/');
  if (kind === '' || name === '' || more.length > 0)
    throw new Error(`"${word}": write every resource as KIND/NAME, or one kind and then names`);
  const [one, ...others] = kindOf(kind);
  if (!one || others.length > 0) throw new Error(`"${word}": ${kind} is no single kind`);
  return { kind: one, name };
}

const examples = 'pods, nodes, deployments, events, …';

/** The kinds of one word: a plural, singular, short name or category, also with its group (`jobs.batch`). */
function kindOf(word: string): Kind[] {
  const lower = word.toLowerCase();
  const [plain = '', ...group] = lower.split('.');
  const suits = (kind: Kind): boolean =>
    [kind.plural, kind.singular, ...kind.shortNames].includes(plain) &&
    (group.length === 0 ||
      kind.group === group.join('.') ||
      `${kind.version}.${kind.group}` === group.join('.'));
  const named = kinds.filter(suits);
  if (named.length > 0) return named.slice(0, 1);
  const inCategory = kinds.filter(({ categories }) => categories.includes(lower));
  if (inCategory.length > 0) return inCategory;
  throw new Error(`there is no kind "${word}"; there are ${kinds.map(({ plural }) => plural).join(', ')}`);
}

export interface Place {
  /** `undefined`: of all namespaces. */
  readonly namespace: string | undefined;
}

/** The API's path of an object or a collection. */
export function pathOf(
  { kind, name }: Named,
  { namespace }: Place,
  query: URLSearchParams = noQuery,
): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
  const place =
    kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  const text = query.toString();
  return `${root}${place}/${kind.plural}${object}${text === '' ? '' : `?${text}`}`;
}

const noQuery = new URLSearchParams();
