import { loadavg } from 'node:os';
import type { Report } from '../report.ts';
import type { Measured } from './through-bramble.ts';

const targetBoards = 10_000;
const target = { share: 0.5, residentMebibytes: 1_024, backSeconds: 60 };

export function sessionsReport(measured: readonly Measured[]): Report {
  return {
    title: 'Boards on one controller',
    about:
      'Boards with nothing to run, each with its own certificate and TLS connection, keepalive 30 s, in sites of twenty. ' +
      'They speak through the agent’s own link: birth, subscriptions, signed manifests, signs of life, back-off. All of them connect at once; ' +
      'after a minute of quiet the controller is killed and started again. “Back” is when the last one has carried out a manifest of the new controller. ' +
      'The boards are played on the same two cores. mosquitto has the same boards, but nobody who listens to them, checks, stores or orders.',
    columns: ['', ...measured.map(({ subject, boards }) => `${subject}, ${boards.toLocaleString('en')}`)],
    rows: rows.map(([name, cell]) => [name, ...measured.map(cell)]),
    notes: [
      ...measured.flatMap(verdicts),
      `load of the machine at the end: ${(loadavg()[0] ?? 0).toFixed(1)}`,
    ],
    limitedBy,
    next,
  };
}

/** From profiles of both threads, and from a count of what is allocated for a connection. */
const limitedBy =
  'Coming back is processor time: of each board the broker’s thread takes 2 ms, half of it the TLS handshake and the rest a dozen small costs of aedes and of streams, ' +
  'and V8’s collecting threads half a millisecond more; the main thread about as much for birth, two signatures and the facts that go out. ' +
  'Having them is memory: of 80 KB a session 52 KB lie outside of JavaScript’s heap, in OpenSSL (30 KB) and in the buffers that Node puts around it (20 KB); 12 KB are aedes, streams and timers.';
const next =
  'Memory: of the 111 KB that one of 10,000 boards takes, some 30 are the main thread’s (the board’s objects, its session and its retained facts), which no heap snapshot has taken apart yet. ' +
  'Session tickets that outlive the controller: a resumed handshake takes 0.5 ms where a whole one takes 1 ms, on either side. ' +
  'Then the first connect of a new fleet, where a board that is given its network group is asked to dial again.';

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const mebibytes = (value: number): string => `${value.toFixed(0)} MB`;
const seconds = (value: number): string => `${value.toFixed(1)} s`;
const none = '–';

type Row = readonly [name: string, cell: (measured: Measured) => string];
const rows: readonly Row[] = [
  [
    'all connected, the first time',
    ({ first }) => seconds(first.seconds) + (first.complete ? '' : ' (not all)'),
  ],
  ['share of one core, quiet', ({ steady }) => percent(steady.shares.all)],
  [
    '… its main thread',
    ({ steady, subject }) => (subject === 'Bramble' ? percent(steady.shares.main) : none),
  ],
  ['… its broker', ({ steady, subject }) => (subject === 'Bramble' ? percent(steady.shares.broker) : none)],
  ['resident', ({ steady }) => mebibytes(steady.residentMebibytes)],
  ['anonymous', ({ steady }) => mebibytes(steady.anonymousMebibytes)],
  [
    'a session takes',
    ({ steady, emptyMebibytes, boards }) =>
      `${(((steady.residentMebibytes - emptyMebibytes) / boards) * 1_024).toFixed(0)} KB`,
  ],
  ['on the wire, a board and minute', ({ steady }) => `${(steady.bytesABoardAMinute / 1_000).toFixed(2)} kB`],
  ['all back after the kill', ({ back }) => seconds(back.seconds) + (back.complete ? '' : ' (not all)')],
  ['processor time until then', ({ back }) => seconds(back.subjectCpuSeconds)],
  ['… of those who play the boards', ({ back }) => seconds(back.boardsCpuSeconds)],
  ['resident at most', ({ back }) => mebibytes(back.peakMebibytes)],
  ['bytes to come back, a board', ({ back }) => `${(back.bytesABoard / 1_000).toFixed(1)} kB`],
  ['dials to come back, a board', ({ back }) => back.dialsABoard.toFixed(1)],
  [
    'a request meanwhile, p50 / p99 / most',
    ({ answers }) =>
      answers
        ? `${[answers.p50, answers.p99, answers.most].map((ms) => ms.toFixed(0)).join(' / ')} ms`
        : none,
  ],
  [
    'written to the store by coming back',
    ({ storeWrites }) => (storeWrites === undefined ? none : `${storeWrites}`),
  ],
  ['Nodes Ready in the end', ({ readyNodes }) => (readyNodes === undefined ? none : `${readyNodes}`)],
];

/** Targets are for ten thousand boards; fewer are held to the same. */
function verdicts({ subject, boards, steady, back }: Measured): string[] {
  if (subject !== 'Bramble' || boards < targetBoards) return [];
  const verdict = (what: string, value: string, met: boolean): string =>
    `target: ${what}; this run: ${value}, ${met ? 'met' : 'NOT met'}`;
  const { share, residentMebibytes, backSeconds } = target;
  return [
    verdict('below half a core', percent(steady.shares.all), steady.shares.all < share),
    verdict('below 1 GB', mebibytes(steady.residentMebibytes), steady.residentMebibytes < residentMebibytes),
    verdict('all back within 60 s', seconds(back.seconds), back.complete && back.seconds <= backSeconds),
  ];
}
