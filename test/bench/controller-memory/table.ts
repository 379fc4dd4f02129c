import { loadavg } from 'node:os';
import type { Report } from '../report.ts';
import type { Idle, Memory } from './measure.ts';

const target = { residentMebibytes: 120, share: 0.01 };

export function memoryReport({ idle, quick }: Memory): Report {
  const bare = idle[0]?.resident ?? 0;
  return {
    title: 'An idle controller',
    about:
      'A controller as `bramble up --controller-only` starts it, its broker included, that nobody asks for anything. Resident memory is what the kernel counts for the process, ' +
      'pages of Node’s own program included; anonymous is its own alone. Boards are played, and say how they are every 15 seconds.',
    columns: ['', 'resident', 'anonymous', 'proportional', 'times bare Node', 'of one core'],
    rows: idle.map((each) => [
      each.what,
      mebibytes(each.resident),
      mebibytes(each.anonymous),
      mebibytes(each.proportional),
      (each.resident / bare).toFixed(1),
      `${(each.share * 100).toFixed(2)} %`,
    ]),
    notes: [...verdicts(idle, quick), `load of the machine at the end: ${(loadavg()[0] ?? 0).toFixed(1)}`],
    limitedBy:
      'Half of what is resident is Node itself: its program (52 MB, shared with every other Node on the machine) and an empty heap. Of the rest, about 20 MB are the source of ' +
      '720 modules (zod, the MQTT client and the API server above all) with its bytecode, hidden classes and text, 8 MB the same of the broker’s thread, ' +
      'and 15 MB are outside of the heaps: what Node keeps of its compile cache, OpenSSL, LevelDB. The first start of all takes the compiler of TypeScript’s types as well.',
    next:
      'One file without types in place of 720: no compile cache to keep, fewer module records. Certificates are made by a library that takes 6 MB once a certificate had to be made; ' +
      'a thread that ends afterwards would give them back.',
  };
}

const mebibytes = (value: number): string => `${value.toFixed(0)} MB`;

/** The first start is told, and not judged: it is followed by others for years. */
function verdicts(idle: readonly Idle[], quick: boolean): string[] {
  const judged = idle.slice(quick ? 1 : 2);
  const most = Math.max(...judged.slice(0, 2).map(({ resident }) => resident));
  const share = Math.max(...judged.map((each) => each.share));
  const met = (is: boolean): string => (is ? 'met' : 'NOT met');
  return [
    `Target: idle below ${target.residentMebibytes} MB resident. With no board and with three it is ${most.toFixed(0)} MB at most: ${met(most < target.residentMebibytes)}.`,
    `Target: below ${target.share * 100} % of a core. It is ${(share * 100).toFixed(2)} % at most: ${met(share < target.share)}.`,
  ];
}
