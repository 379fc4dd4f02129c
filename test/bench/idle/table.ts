import { limits } from '@bramble/protocol/limits.ts';
import type { Report } from '../report.ts';
import type { Idle } from './measure.ts';
import { noUse, type Use } from './processes.ts';
import type { Reconnect } from './reconnects.ts';
import { bytesOf, packetsOf, tlsBytesOf, type Wire } from './wire.ts';
import { podCount } from './world.ts';

export interface Found {
  readonly idle: Idle;
  readonly handshake: Wire;
  readonly reconnects: readonly Reconnect[];
  readonly quick: boolean;
}

const monthSeconds = 30 * 86_400;
const targetMegabytes = 30;
const targetControllerShare = 0.01;
/** Written by K3s at rest, by its users' own figures. */
const k3sBytesASecond = 6_000;

export function reportOf(found: Found): Report {
  const { idle, handshake, reconnects, quick } = found;
  return {
    title: 'What an idle board costs',
    about: `A board with ${quick ? 'no' : podCount} silent pods and a controller for ${idle.seconds.toFixed(0)} s, nobody watching; beside it Debian's mosquitto_sub with the same keepalive, which hears nothing. IP packets are counted by the kernel, headers included. What a reconnect takes is held against a TLS handshake with the board's certificate that is followed by nothing.`,
    columns: ['', 'Bramble', 'outside', 'ratio'],
    rows: [
      ...wireRows(idle),
      ...[...idle.uses].map(([role, use]) => useRow(role, use, idle)),
      ...reconnects.map((reconnect) => reconnectRow(reconnect, handshake)),
    ],
    notes: notesOf(idle),
    limitedBy: `${percent(bytesOf(idle.bareWire), bytesOf(idle.wire))} of the bytes at rest are what any MQTT client with this keepalive sends over TLS: each ping is three packets. Of the processor time ${percent(useOf(idle, 'podman service').cpuMs, allCpuMs(idle))} is podman's service, whose event stream looks at its file four times a second. Of a reconnect ${percent(bytesOf(handshake), bytesOf(reconnects.at(0)?.wire ?? handshake))} at best is the handshake with two certificates.`,
    next: 'TLS sessions that are resumed, so that certificates are sent once; podman’s event file watched by the agent itself, and its service started only when there is something to do.',
  };
}

function wireRows({ wire, bareWire, seconds }: Idle): string[][] {
  const month = (bytes: number): string => `${megabytesAMonth(bytes, seconds).toFixed(1)} MB a month`;
  const row = (name: string, of: (wire: Wire) => number): string[] => [
    name,
    month(of(wire)),
    month(of(bareWire)),
    ratio(of(wire), of(bareWire)),
  ];
  return [
    row('on the wire', bytesOf),
    row('of it sent by the board', ({ sentBytes }) => sentBytes),
    row('TLS alone', tlsBytesOf),
  ];
}

function useRow(role: string, { cpuMs, wakeups, diskBytes }: Use, { seconds }: Idle): string[] {
  const hourly = (value: number): string => ((value / seconds) * 3_600).toFixed(0);
  const parts = [
    `${hourly(cpuMs)} ms of processor`,
    `${hourly(wakeups)} wake-ups`,
    `${hourly(diskBytes / 1e3)} kB to disk`,
  ];
  return [`${role}, an hour`, parts.join(', '), '', ''];
}

function reconnectRow({ name, wire }: Reconnect, handshake: Wire): string[] {
  const bytes = bytesOf(wire);
  return [
    name,
    `${bytes} B in ${packetsOf(wire)} packets; TLS ${tlsBytesOf(wire)} B`,
    `${bytesOf(handshake)} B`,
    ratio(bytes, bytesOf(handshake)),
  ];
}

function notesOf(idle: Idle): string[] {
  const { seconds, wire, topics, changedFiles } = idle;
  const megabytes = megabytesAMonth(bytesOf(wire), seconds);
  const share = useOf(idle, 'controller').cpuMs / 1_000 / seconds;
  const board = ['agent', 'podman service', 'conmon'].reduce(
    (sum, role) => sum + useOf(idle, role).diskBytes,
    0,
  );
  const said = [...topics].map(([topic, { messages, bytes }]) => `${topic} ${messages} times, ${bytes} B`);
  return [
    `Target: below ${targetMegabytes} MB a month on the wire. ${verdict(megabytes < targetMegabytes)}: ${megabytes.toFixed(1)} MB.`,
    `Target: the controller below ${targetControllerShare * 100} % of a core. ${verdict(share < targetControllerShare)}: ${(share * 100).toFixed(2)} %.`,
    `Agent, podman and conmon wrote ${(board / seconds).toFixed(0)} B a second to the disk; K3s writes ${k3sBytesASecond} or more.`,
    `A board says how it is every ${limits.idleMetricsMs / 1_000} s: a run that is shorter may have missed it (${seconds.toFixed(0)} s).`,
    `Said in that time: ${said.join('; ') || 'nothing'}. Files changed: ${changedFiles.join(', ') || 'none'}.`,
  ];
}

const useOf = ({ uses }: Idle, role: string): Use => uses.get(role) ?? noUse;
const allCpuMs = ({ uses }: Idle): number => [...uses.values()].reduce((sum, { cpuMs }) => sum + cpuMs, 0);
const megabytesAMonth = (bytes: number, seconds: number): number => (bytes / seconds) * (monthSeconds / 1e6);
const verdict = (isMet: boolean): string => (isMet ? 'Met' : 'NOT met');
const ratio = (ours: number, other: number): string => (other > 0 ? `${(ours / other).toFixed(2)} ×` : '');
const percent = (part: number, whole: number): string =>
  `${((100 * part) / Math.max(whole, 1)).toFixed(0)} %`;
