import type { AnyObject, KubeEvent } from './objects.ts';
import { alignedLines } from './table.ts';

const noise = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'selfLink',
  'name',
  'namespace',
  'uid',
]);
const noisyAnnotations = new Set(['kubectl.kubernetes.io/last-applied-configuration']);

/** Maps whose keys are names that people or machines gave, and stay as they are. */
const ownKeys = new Set(
  [
    'labels',
    'annotations',
    'matchLabels',
    'nodeSelector',
    'limits',
    'requests',
    'data',
    'capacity',
    'allocatable',
  ].map(titleOf),
);

/** An object for people: what it is called first, then all that it says, then what happened to it. */
export function describe(object: AnyObject, events: readonly KubeEvent[], nowMs: number): string {
  const { kind = '', metadata, apiVersion: _, spec, status, ...others } = object;
  const { name, namespace, labels, annotations, ...rest } = metadata;
  const told = Object.entries(annotations ?? {}).filter(([key]) => !noisyAnnotations.has(key));
  const kept = Object.entries(rest).filter(([key]) => !noise.has(key));
  return [
    `Name: ${name}`,
    ...(namespace === undefined ? [] : [`Namespace: ${namespace}`]),
    `Kind: ${kind}`,
    ...section('Labels', labels),
    ...section('Annotations', Object.fromEntries(told)),
    ...kept.flatMap(([key, value]) => section(titleOf(key), value)),
    ...Object.entries(others).flatMap(([key, value]) => section(titleOf(key), value)),
    ...section('Spec', spec),
    ...section('Status', status),
    ...eventLines(events, nowMs),
  ].join('\n');
}

function section(title: string, value: unknown, indent = ''): string[] {
  if (value === undefined || value === null) return [];
  if (isPlain(value)) return [`${indent}${title}: ${textOf(value, indent)}`];
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return value.length === 0 ? [] : [`${indent}${title}:`, ...listLines(value, inner)];
  const entries = Object.entries(value as object);
  if (entries.length === 0) return [];
  const keyText = ownKeys.has(title) ? (key: string) => key : titleOf;
  return [`${indent}${title}:`, ...entries.flatMap(([key, each]) => section(keyText(key), each, inner))];
}

function listLines(values: readonly unknown[], indent: string): string[] {
  return values.flatMap((value) => {
    if (isPlain(value)) return [`${indent}- ${textOf(value, indent)}`];
    const lines = Object.entries(value as object).flatMap(([key, each]) =>
      section(titleOf(key), each, `${indent}  `),
    );
    const [first = '', ...more] = lines;
    return [`${indent}- ${first.trimStart()}`, ...more];
  });
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function textOf(value: unknown, indent: string): string {
  return String(value).trimEnd().replaceAll('\n', `\n${indent}    `);
}

/** `hostNetwork` becomes `Host network`, `podIP` becomes `Pod IP`. */
function titleOf(key: string): string {
  const words = key.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').split(' ');
  const [first = '', ...rest] = words;
  const lowered = rest.map((word) =>
    word === word.toUpperCase() && word.length > 1 ? word : word.toLowerCase(),
  );
  const title = [first.charAt(0).toUpperCase() + first.slice(1), ...lowered].join(' ');
  return title.replace(/^(Ip|Uid|Dns|Cpu)\b/, (word) => word.toUpperCase()).replace(/\bips\b/, 'IPs');
}

function eventLines(events: readonly KubeEvent[], nowMs: number): string[] {
  if (events.length === 0) return ['Events: <none>'];
  const sorted = [...events].sort((a, b) => (a.lastTimestamp ?? '').localeCompare(b.lastTimestamp ?? ''));
  const rows = sorted.map(
    ({ type = '', reason = '', message = '', count = 1, lastTimestamp = '', source }) => [
      `  ${type}`,
      reason,
      `${ageText(nowMs - Date.parse(lastTimestamp))}${count > 1 ? ` (x${count})` : ''}`,
      source?.component ?? '',
      message.replaceAll('\n', ' '),
    ],
  );
  return ['Events:', ...alignedLines([['  Type', 'Reason', 'Age', 'From', 'Message'], ...rows])];
}

/** `35s`, `4m12s`, `3h20m`, `5d`, as kubectl writes ages. */
export function ageText(ageMs: number): string {
  if (!Number.isFinite(ageMs)) return '<unknown>';
  const seconds = Math.max(0, Math.floor(ageMs / 1_000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 8 && hours % 24 !== 0 ? `${days}d${hours % 24}h` : `${days}d`;
}
