import type { Report } from '../report.ts';
import type { BoardMemory, Measured } from './measure.ts';

const target = { rss: 60, anonymous: 16 };

export function reportOf({ pods, quick, agent, rows }: BoardMemory): Report {
  const bare = rows.find(({ what }) => what.startsWith('Node'))?.memory;
  const ratio = bare ? (agent.anonymous / bare.anonymous).toFixed(1) : '?';
  return {
    title: 'Memory of a board',
    about:
      `An agent with ${pods} silent pods${quick ? '' : ', looked at for five minutes, two minutes after it was started again'}, and what runs beside it; a Node that does nothing and ` +
      '`sleep` in the same run. MiB. Pages of files are shared by all processes of one program: PSS counts them in part.',
    columns: ['', 'processes', 'RSS', 'of it anonymous', 'of it files', 'PSS'],
    rows: rows.map(rowOf),
    notes: [
      `The agent holds ${ratio} times the anonymous memory of a Node that does nothing.`,
      verdict('RSS', agent.rss, target.rss),
      verdict('anonymous memory', agent.anonymous, target.anonymous),
    ],
    limitedBy:
      'what Node loads. A Node that does nothing holds 8 MiB; with those of its own modules that an agent needs (TLS, HTTP, files, child processes) ' +
      'it is 11 to 13. Then come the agent’s own source, the schemas of messages, its pods and its connections. It is 15 MiB after its garbage was collected, which it asks for every five minutes; until then V8’s two young generations of 1 MiB fill.',
    next:
      'schemas that are made when they are first used (0.3 MiB); less garbage at rest, which is half a MB a minute, a third of it from reading the ' +
      'board’s addresses and routes each ten seconds. Resident beyond that are pages of Node’s program, ' +
      '44 MiB, which every Node of the machine shares.',
  };
}

const rowOf = ({ what, processes, memory }: Measured): string[] => [
  what,
  `${processes}`,
  ...[memory.rss, memory.anonymous, memory.file, memory.pss].map((value) => value.toFixed(1)),
];

const verdict = (what: string, value: number, limit: number): string =>
  `Target: ${what} of the agent below ${limit} MB. This run: ${value.toFixed(1)} MiB, ${value < limit ? 'met' : '**not met**'}.`;
