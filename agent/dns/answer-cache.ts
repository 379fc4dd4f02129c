import { readQuestion, readRecords } from './message/read.ts';
import { recordTypes, responseCodes } from './message/types.ts';

interface Entry {
  readonly bytes: Buffer;
  readonly untilMs: number;
}

const maxEntries = 256;
const maxEntryBytes = 2_048;
/** However long the answer says it is good for. */
const maxSeconds = 30;
const maxNegativeSeconds = 5;

/** Answers of other servers, by their question: small and short, for pods that ask the same over and over. */
export class AnswerCache {
  readonly #entries = new Map<string, Entry>();

  /** The answer to these bytes, with their id. */
  find(query: Buffer, nowMs: number): Buffer | undefined {
    const key = keyOf(query);
    const entry = key === undefined ? undefined : this.#entries.get(key);
    if (!entry || entry.untilMs <= nowMs) return undefined;
    const bytes = Buffer.from(entry.bytes);
    query.copy(bytes, 0, 0, 2);
    return bytes;
  }

  keep(query: Buffer, answer: Buffer, nowMs: number): void {
    const key = keyOf(query);
    const seconds = lifetimeOf(answer);
    if (key === undefined || seconds <= 0 || answer.length > maxEntryBytes) return;
    this.#entries.delete(key);
    this.#entries.set(key, { bytes: answer, untilMs: nowMs + seconds * 1_000 });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= maxEntries) return;
      this.#entries.delete(oldest);
    }
  }
}

/** All that may make one answer differ from another: everything behind the id. */
function keyOf(query: Buffer): string | undefined {
  return query.length > 512 ? undefined : query.toString('latin1', 2);
}

function lifetimeOf(answer: Buffer): number {
  if (answer.length < 12 || !readQuestion(answer)) return 0;
  const flags = answer.readUInt16BE(2);
  const code = flags & 0xf;
  const truncated = (flags & 0x0200) !== 0;
  if (truncated || (code !== responseCodes.ok && code !== responseCodes.noName)) return 0;
  const records = readRecords(answer);
  const answers = records.filter(({ section }) => section === 0);
  const counted =
    answers.length > 0 ? answers : records.filter(({ record }) => record.type === recordTypes.SOA);
  if (counted.length === 0) return 0;
  const least = Math.min(...counted.map(({ record }) => record.ttlSeconds));
  return Math.min(least, answers.length > 0 ? maxSeconds : maxNegativeSeconds);
}
