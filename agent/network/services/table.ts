/** One nftables table as data: what is compared, and written as a whole or by its differences. */
export interface Table {
  readonly name: string;
  /** Sets, maps and base chains: when these change, the table is written anew. */
  readonly frame: readonly string[];
  /** Elements by the name of their set or map, then by key; the value is what follows the key (`: goto x`), or empty. */
  readonly elements: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Rules by the name of their chain. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
}

/** Elements in one command, so that no line grows without bound. */
const elementsALine = 200;

/** Input of `nft -f` that makes the table, or replaces it, in one transaction. */
export function wholeTable(table: Table): string {
  return [
    `table inet ${table.name}`,
    `delete table inet ${table.name}`,
    `table inet ${table.name} {`,
    ...[...table.chains].map(([name, rules]) => `chain ${name} {\n${rules.join('\n')}\n}`),
    ...table.frame,
    '}',
    ...[...table.elements].flatMap(([set, elements]) => change('add', table.name, set, [...elements])),
    '',
  ].join('\n');
}

/** What leads from one to the other; `undefined` when only the whole will do; empty when nothing differs. */
export function tableDifference(before: Table, after: Table): string | undefined {
  if (before.name !== after.name || !sameLines(before.frame, after.frame)) return undefined;
  const { name } = after;
  const lines: string[] = [];
  // Chains come first, since elements refer to them; those that go are referred to by no element at the end.
  for (const [chain, rules] of after.chains) {
    const old = before.chains.get(chain);
    if (old && sameLines(old, rules)) continue;
    lines.push(old ? `flush chain inet ${name} ${chain}` : `add chain inet ${name} ${chain}`);
    lines.push(...rules.map((rule) => `add rule inet ${name} ${chain} ${rule}`));
  }
  const none: ReadonlyMap<string, string> = new Map();
  const sets = new Set([...before.elements.keys(), ...after.elements.keys()]);
  for (const set of sets) {
    const old = before.elements.get(set) ?? none;
    const wanted = after.elements.get(set) ?? none;
    lines.push(
      ...change(
        'delete',
        name,
        set,
        [...old].filter(([key, value]) => wanted.get(key) !== value),
      ),
    );
    lines.push(
      ...change(
        'add',
        name,
        set,
        [...wanted].filter(([key, value]) => old.get(key) !== value),
      ),
    );
  }
  for (const chain of before.chains.keys())
    if (!after.chains.has(chain))
      lines.push(`flush chain inet ${name} ${chain}`, `delete chain inet ${name} ${chain}`);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function change(
  verb: 'add' | 'delete',
  table: string,
  set: string,
  elements: readonly (readonly [string, string])[],
): string[] {
  const lines: string[] = [];
  for (let at = 0; at < elements.length; at += elementsALine) {
    const some = elements.slice(at, at + elementsALine).map(([key, value]) => `${key}${value}`);
    lines.push(`${verb} element inet ${table} ${set} { ${some.join(', ')} }`);
  }
  return lines;
}

function sameLines(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, at) => line === other[at]);
}
