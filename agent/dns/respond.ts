import { lookup } from './lookup.ts';
import { readName, readQuery, readRecords } from './message/read.ts';
import {
  classInternet,
  type Query,
  type Reply,
  type ResourceRecord,
  recordTypes,
  responseCodes,
} from './message/types.ts';
import { writeError, writeReply } from './message/write.ts';
import { defaultDomain, type Zone } from './zone.ts';

export type Response =
  /** Bytes that get no answer. */
  | { readonly type: 'silence' }
  | { readonly type: 'error'; readonly bytes: Buffer }
  | { readonly type: 'reply'; readonly query: Query; readonly reply: Reply }
  /** Somebody else's name: the question goes on as it is. */
  | { readonly type: 'forward'; readonly query: Query }
  /** The answer begins with these records, and goes on with what others know of `target`. */
  | {
      readonly type: 'follow';
      readonly query: Query;
      readonly aliases: readonly ResourceRecord[];
      readonly target: string;
    };

/** An alias may lead to an alias; a circle ends. */
const maxAliases = 8;

/** What becomes of a message from a pod. Never throws, whatever the bytes. */
export function respond(zone: Zone | undefined, bytes: Buffer, turn: number): Response {
  const read = readQuery(bytes);
  if (read.type === 'noise') return { type: 'silence' };
  if (read.type === 'wrong') return { type: 'error', bytes: writeError(read.id, responseCodes[read.code]) };
  const { query } = read;
  if (query.question.class !== classInternet) return failed(query, responseCodes.refused);
  const { name, type } = query.question;
  if (!zone)
    return isInside(name, defaultDomain) ? failed(query, responseCodes.failure) : { type: 'forward', query };
  return follow(zone, query, name, type, turn);
}

function follow(zone: Zone, query: Query, asked: string, type: number, turn: number): Response {
  const aliases: ResourceRecord[] = [];
  let name = asked;
  while (aliases.length <= maxAliases) {
    const result = lookup(zone, name, type, turn);
    if (result.type === 'foreign')
      return aliases.length === 0
        ? { type: 'forward', query }
        : { type: 'follow', query, aliases, target: name };
    if (result.type === 'reply')
      return {
        type: 'reply',
        query,
        reply: { ...result.reply, answers: [...aliases, ...result.reply.answers] },
      };
    aliases.push(result.alias);
    if (type === recordTypes.CNAME)
      return { type: 'reply', query, reply: replyOf(responseCodes.ok, aliases) };
    name = result.target;
  }
  return failed(query, responseCodes.failure);
}

export function failed(query: Query, code: number): Extract<Response, { type: 'reply' }> {
  return { type: 'reply', query, reply: replyOf(code, []) };
}

export function replyOf(code: number, answers: readonly ResourceRecord[]): Reply {
  return { code, authoritative: false, answers, authority: [], additional: [] };
}

/** The addresses and aliases of another server's answer, to be put behind ours. */
export function recordsOf(bytes: Buffer): ResourceRecord[] {
  return readRecords(bytes).flatMap(({ section, record }): ResourceRecord[] => {
    const { name, type, ttlSeconds, data, at } = record;
    if (section !== 0) return [];
    if (type === recordTypes.CNAME) {
      const target = readName(bytes, at)?.labels.join('.');
      return target === undefined ? [] : [{ name, ttlSeconds, data: { type: 'CNAME', target } }];
    }
    const plain = type === recordTypes.A || type === recordTypes.AAAA || type === recordTypes.TXT;
    return plain ? [{ name, ttlSeconds, data: { type: 'raw', number: type, bytes: data } }] : [];
  });
}

/** The question for a name that ours is an alias of. */
export function questionFor(target: string, type: number, id: number): Buffer {
  const question = { name: target, spelling: target, type, class: classInternet };
  const query: Query = { id, recursionDesired: true, question, ednsBytes: undefined };
  const bytes = writeReply(query, replyOf(0, []), 512);
  // A reply without records differs from its query in the flags alone.
  bytes.writeUInt16BE(0x0100, 2);
  return bytes;
}

function isInside(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
