import type { Machine } from './machine.ts';

/** The page as the runner writes it: a head, then a section for each benchmark, by name. */
export interface BenchDocument {
  readonly sections: ReadonlyMap<string, string>;
}

export interface Run {
  readonly name: string;
  /** As the program printed it. */
  readonly markdown: string;
  readonly machine: Machine;
  readonly tookSeconds: number;
}

const marker = (name: string): string => `<!-- bench ${name} -->`;
const markerPattern = /^<!-- bench ([a-z-]+) -->$/m;

/** An empty page has no sections. */
export function parseDocument(text: string): BenchDocument {
  const [, ...parts] = text.split(markerPattern);
  const sections = new Map<string, string>();
  for (let at = 0; at < parts.length; at += 2) sections.set(parts[at] ?? '', (parts[at + 1] ?? '').trim());
  return { sections };
}

/** Only what was run is new: each section tells of its own run. Those whose program is gone go too. */
export function withRuns(
  document: BenchDocument,
  runs: readonly Run[],
  known: readonly string[],
): BenchDocument {
  const fresh = new Map(runs.map((run) => [run.name, sectionOf(run)]));
  const sections = known.flatMap((name): [string, string][] => {
    const section = fresh.get(name) ?? document.sections.get(name);
    return section === undefined ? [] : [[name, section]];
  });
  return { sections: new Map(sections) };
}

function sectionOf({ markdown, machine, tookSeconds }: Run): string {
  const { at, load, cpu, cores } = machine;
  const when = `${at.slice(0, 16).replace('T', ' ')} UTC`;
  return `${markdown.trim()}\n\n<sub>Measured ${when}, in ${tookSeconds.toFixed(0)} s, on ${cores} × ${cpu}, whose load was ${load.toFixed(1)} at the start.</sub>`;
}

export function formatDocument({ sections }: BenchDocument, machine: Machine): string {
  const parts = [...sections].map(([name, section]) => `${marker(name)}\n${section}\n`);
  return `${[head(machine), ...parts].join('\n')}`;
}

function head({ cpu, cores, memoryGibibytes, kernel, node, at, load }: Machine): string {
  return `# Benchmarks

Written by \`npm run bench -- --write\`; do not edit. Each section is what one program in \`test/bench/\` printed.

\`\`\`sh
npm run bench                           # all of them, one after the other, as root: the better part of an hour
npm run bench -- store broker           # some
npm run bench -- --quick                # each in seconds: shows that they work, measures nothing
npm run bench -- broker --write         # replaces that section here, and no other
\`\`\`

Every one of them measures something outside (bare function calls, raw LevelDB, bare \`node:http\`, mosquitto, the bare
runtime) in the same run. **The ratios are what counts**: they mean something on other machines too; rates, milliseconds and
shares of a core belong to this machine, on which nothing else should run meanwhile. Nothing here was measured on a Raspberry Pi.

| the newest run | |
| --- | --- |
| processor | ${cores} × ${cpu} |
| memory | ${memoryGibibytes.toFixed(0)} GiB |
| kernel | ${kernel} |
| Node | ${node} |
| begun | ${at.slice(0, 16).replace('T', ' ')} UTC, load average ${load.toFixed(2)} |
`;
}
