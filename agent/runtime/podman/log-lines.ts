import { parseTime, timeText } from '@bramble/protocol/schema/time.ts';
import type { LogChunk, LogOptions } from '../port.ts';

type Wanted = Pick<LogOptions, 'timestamps' | 'since'>;

/**
 * Reads the log format that conmon, CRI-O and containerd share: `{RFC 3339 nano} {stdout|stderr} {F|P} {text}\n`, where P is
 * a part of a line whose rest follows. Feed it bytes as they come; neighbouring lines of one stream become one chunk.
 */
export class LogReader {
  readonly #wanted: Wanted;
  readonly #sinceMs: number | undefined;
  #rest: Buffer = Buffer.alloc(0);
  /** Streams that stand in the middle of a line. */
  readonly #unfinished = new Set<LogChunk['stream']>();

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
    const since = Date.parse(wanted.since ?? '');
    this.#sinceMs = Number.isNaN(since) ? undefined : since;
  }

  read(bytes: Uint8Array): LogChunk[] {
    const data = Buffer.concat([this.#rest, bytes]);
    const chunks: { stream: LogChunk['stream']; parts: Buffer[] }[] = [];
    let from = 0;
    for (let end = data.indexOf(10, from); end >= 0; end = data.indexOf(10, from)) {
      const line = this.#line(data.subarray(from, end));
      const last = chunks.at(-1);
      if (line !== undefined && last?.stream === line.stream) last.parts.push(...line.parts);
      else if (line !== undefined) chunks.push(line);
      from = end + 1;
    }
    this.#rest = Buffer.from(data.subarray(from));
    return chunks.map(({ stream, parts }) => ({ stream, bytes: Buffer.concat(parts) }));
  }

  /** The file began anew: half a line of the old one means nothing. */
  restart(): void {
    this.#rest = Buffer.alloc(0);
  }

  #line(line: Buffer): { stream: LogChunk['stream']; parts: Buffer[] } | undefined {
    const timeEnd = line.indexOf(32);
    const streamEnd = line.indexOf(32, timeEnd + 1);
    const tagEnd = line.indexOf(32, streamEnd + 1);
    if (timeEnd < 0 || streamEnd < 0 || tagEnd < 0) return undefined;
    const time = line.toString('latin1', 0, timeEnd);
    const stream = line.toString('latin1', timeEnd + 1, streamEnd);
    if (stream !== 'stdout' && stream !== 'stderr') return undefined;
    const whole = line[streamEnd + 1] === 0x46;
    const fresh = !this.#unfinished.has(stream);
    if (whole) this.#unfinished.delete(stream);
    else this.#unfinished.add(stream);
    if (this.#sinceMs !== undefined && Date.parse(time) < this.#sinceMs) return undefined;
    const parts = [line.subarray(tagEnd + 1)];
    if (fresh && this.#wanted.timestamps) parts.unshift(Buffer.from(`${universal(time)} `));
    if (whole) parts.push(newline);
    return { stream, parts };
  }
}

const newline = Buffer.from('\n');

/** conmon writes the machine's own time, with nine decimals; kubectl's users read UTC. */
function universal(time: string): string {
  if (time.endsWith('+00:00')) return `${time.slice(0, -6)}Z`;
  const moment = parseTime(time);
  if (!moment) return time;
  return timeText(moment).replace('Z', `.${String(moment.nanos).padStart(9, '0')}Z`);
}
