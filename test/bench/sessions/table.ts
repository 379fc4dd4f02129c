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
  'Having them is memory: of what one of 10,000 boards takes, 35 KB are small blocks of OpenSSL and Node (the connection, its two record layers, a certificate), some 4 the touched pages of Node’s buffer around it, ' +
  '18 the broker’s heap (aedes, streams, timers, retained messages) and 8 the main thread’s (the board’s Node and its text, an Event, its session).';
const next =
  'Of OpenSSL’s 35 KB little can be had from JavaScript. Of the broker’s 18: a parser without a stream of its own (1 KB), a tree of topics that makes no table for a single branch (1 KB). ' +
  'Of the main thread’s 8: empty tables in the state of each board’s session (1 KB).';

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
