import type { Point } from './slope.ts';

export interface Series {
  readonly label: string;
  readonly points: readonly Point[];
}

/** Some lines over the same minutes, on an axis from zero. */
export interface Chart {
  readonly title: string;
  readonly series: readonly Series[];
}

/** A moment at which something else began. */
export interface Mark {
  readonly at: number;
  readonly label: string;
}

const width = 900;
const height = 190;
const left = 52;
const right = 190;
const top = 26;
const bottom = 22;
const plotWidth = width - left - right;
const plotHeight = height - top - bottom;
/** Told apart on white and on black, and by most who see few colours (Okabe and Ito, without black and yellow). */
const colours = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#cc79a7', '#56b4e9', '#8a8a8a'];

/** One picture with a chart below another. Text and lines take their colour from the reader's scheme, light or dark. */
export function plot(charts: readonly Chart[], marks: readonly Mark[] = []): string {
  const minutes = charts.flatMap(({ series }) => series.flatMap(({ points }) => points.map(({ at }) => at)));
  const range = { from: Math.min(0, ...minutes), to: Math.max(1, ...minutes) };
  const parts = charts.map((chart, index) => drawn(chart, range, index * height, marks));
  const total = charts.length * height + 16;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" font-family="sans-serif" font-size="11">`,
    '<style>svg{background:#fff;--ink:#222;--faint:#d5d5d5}@media(prefers-color-scheme:dark){svg{background:#0d1117;--ink:#ddd;--faint:#3a3f47}}',
    'text{fill:var(--ink)}.grid{stroke:var(--faint)}.mark{stroke:var(--ink);stroke-dasharray:3 3}path{fill:none;stroke-width:1.3}</style>',
    ...parts,
    `<text x="${left + plotWidth / 2}" y="${total - 4}" text-anchor="middle">minutes of churn</text>`,
    '</svg>',
    '',
  ].join('\n');
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function drawn({ title, series }: Chart, range: Range, y: number, marks: readonly Mark[]): string {
  const values = series.flatMap(({ points }) => points.map(({ value }) => value));
  const step = niceStep(Math.max(...values, 0.001), 4);
  const most = step * Math.max(1, Math.ceil(Math.max(...values, 0) / step));
  const xOf = (at: number): number => left + ((at - range.from) / (range.to - range.from)) * plotWidth;
  const yOf = (value: number): number => y + top + plotHeight * (1 - value / most);
  return [
    `<text x="${left}" y="${y + 16}" font-weight="bold">${escaped(title)}</text>`,
    ...ticks(0, most, step).map((value) => horizontal(yOf(value), value)),
    ...ticks(0, range.to, niceStep(range.to, 6)).map((at) => vertical(xOf(at), y, at)),
    ...marks.map(({ at, label: text }) => marked(xOf(at), y, text)),
    ...series.map((each, index) => line(each, colours[index % colours.length] ?? '#000', xOf, yOf)),
    ...series.map((each, index) => legend(each.label, colours[index % colours.length] ?? '#000', index, y)),
  ].join('\n');
}

const horizontal = (y: number, value: number): string =>
  `<line class="grid" x1="${left}" x2="${left + plotWidth}" y1="${fixed(y)}" y2="${fixed(y)}"/>` +
  `<text x="${left - 6}" y="${fixed(y + 4)}" text-anchor="end">${label(value)}</text>`;

const vertical = (x: number, y: number, at: number): string =>
  `<line class="grid" x1="${fixed(x)}" x2="${fixed(x)}" y1="${y + top}" y2="${y + top + plotHeight}"/>` +
  `<text x="${fixed(x)}" y="${y + height - 8}" text-anchor="middle">${label(at)}</text>`;

const marked = (x: number, y: number, text: string): string =>
  `<line class="mark" x1="${fixed(x)}" x2="${fixed(x)}" y1="${y + top - 4}" y2="${y + top + plotHeight}"/>` +
  `<text x="${fixed(x + 3)}" y="${y + top - 4}">${escaped(text)}</text>`;

function line(
  { points }: Series,
  colour: string,
  xOf: (at: number) => number,
  yOf: (value: number) => number,
): string {
  const path = points.map(
    ({ at, value }, index) => `${index === 0 ? 'M' : 'L'}${fixed(xOf(at))} ${fixed(yOf(value))}`,
  );
  return `<path stroke="${colour}" d="${path.join('')}"/>`;
}

function legend(text: string, colour: string, index: number, y: number): string {
  const at = y + top + 10 + index * 18;
  const x = left + plotWidth + 14;
  return `<rect x="${x}" y="${at - 8}" width="14" height="4" fill="${colour}"/><text x="${x + 20}" y="${at - 2}">${escaped(text)}</text>`;
}

/** 1, 2 or 5 times a power of ten, such that at most `most` steps reach `value`. */
export function niceStep(value: number, most: number): number {
  const rough = value / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((times) => times * power >= rough * 0.999_999) ?? 10) * power;
}

export function ticks(from: number, to: number, step: number): number[] {
  const count = Math.floor((to - from) / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => from + index * step);
}

const fixed = (value: number): string => value.toFixed(1);
const label = (value: number): string => String(Math.round(value * 1_000) / 1_000);
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
