import type { Report } from '../report.ts';
import type { BoardMemory, Measured } from './measure.ts';

const target = { rss: 60, anonymous: 16 };

export function reportOf({ pods, quick, agent, rows }: BoardMemory): Report {
  const bare = rows.find(({ what }) => what.startsWith('Node'))?.memory;
  const ratio = bare ? (agent.anonymous / bare.anonymous).toFixed(1) : '?';
  return {
    title: 'Memory of a board',
    about:
      `An agent with ${pods} silent pods${quick ? '' : ', a minute after it was started again'}, and what runs beside it; a Node that does nothing and ` +
      '`sleep` in the same run. MiB. Pages of files are shared by all processes of one program: PSS counts them in part.',
    columns: ['', 'processes', 'RSS', 'of it anonymous', 'of it files', 'PSS'],
    rows: rows.map(rowOf),
    notes: [
      `The agent holds ${ratio} times the anonymous memory of a Node that does nothing.`,
      verdict('RSS', agent.rss, target.rss),
      verdict('anonymous memory', agent.anonymous, target.anonymous),
    ],
    limitedBy:
      'what is loaded. Anonymous memory, each imported by itself: Node 8 MiB, zod 3.7, our own source 3.5, TLS 2.0, execa 2.0, mqtt.js 1.8, HTTP and ' +
      'child processes 1, pino 0.5. The rest is data of the pods and connections, and pages that the start left in use in part.',
    next:
      'loading of zod, execa and mqtt.js only what the agent uses (their sixty languages, JSON Schema, terminal output and WebSockets are ' +
      'loaded for nothing), about 5 MiB.',
  };
}

const rowOf = ({ what, processes, memory }: Measured): string[] => [
  what,
  `${processes}`,
  ...[memory.rss, memory.anonymous, memory.file, memory.pss].map((value) => value.toFixed(1)),
];

const verdict = (what: string, value: number, limit: number): string =>
  `Target: ${what} of the agent below ${limit} MB. This run: ${value.toFixed(1)} MiB, ${value < limit ? 'met' : '**not met**'}.`;
