import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far, and holds now. */
export interface Usage {
  readonly atMs: number;
  /** Seconds of processor time. */
  readonly cpu: number;
  readonly mainCpu: number;
  /** Of the thread that the broker lives in; 0 where there is none. */
  readonly brokerCpu: number;
  readonly residentMebibytes: number;
  readonly anonymousMebibytes: number;
  readonly peakMebibytes: number;
}

/** Linux' clock ticks, for every architecture that Node runs on. */
const ticksASecond = 100;
const brokerThread = 'bramble-broker';

export function noUsage(): Usage {
  const memory = { residentMebibytes: 0, anonymousMebibytes: 0, peakMebibytes: 0 };
  return { atMs: performance.now(), cpu: 0, mainCpu: 0, brokerCpu: 0, ...memory };
}

export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1_024;
  const threads = readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      return [threadCpu(`/proc/${pid}/task/${thread}/stat`)];
    } catch {
      // It ended since the folder was read.
      return [];
    }
  });
  const broker = threads.find(({ name }) => brokerThread.startsWith(name) && name.length > 4);
  return {
    atMs: performance.now(),
    cpu: threadCpu(`/proc/${pid}/stat`).cpu,
    mainCpu: threadCpu(`/proc/${pid}/task/${pid}/stat`).cpu,
    brokerCpu: broker?.cpu ?? 0,
    residentMebibytes: mebibytes('VmRSS'),
    anonymousMebibytes: mebibytes('RssAnon'),
    peakMebibytes: mebibytes('VmHWM'),
  };
}

/** The name stands in brackets, and may hold spaces itself (proc(5)). */
function threadCpu(file: string): { name: string; cpu: number } {
  const text = readFileSync(file, 'utf8');
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { name, cpu: (Number(fields[11]) + Number(fields[12])) / ticksASecond };
}

/** Shares of a processor between two looks. */
export function sharesBetween(before: Usage, after: Usage): { all: number; main: number; broker: number } {
  const seconds = (after.atMs - before.atMs) / 1_000;
  return {
    all: (after.cpu - before.cpu) / seconds,
    main: (after.mainCpu - before.mainCpu) / seconds,
    broker: (after.brokerCpu - before.brokerCpu) / seconds,
  };
}
