import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { connect, isIP } from 'node:net';
import type { Host } from '@bramble/actors/index.ts';
import { AnswerCache } from '../answer-cache.ts';
import { headerBytes, readQuestion } from '../message/read.ts';
import { parseResolvConf } from '../resolv-conf.ts';
import { framed, MessageReader } from './framing.ts';

export interface UpstreamOptions {
  readonly host: Pick<Host, 'timer' | 'monotonic'>;
  /** The board's own resolv.conf. */
  readonly resolvConf: string;
  readonly port?: number;
}

type Transport = 'udp' | 'tcp';

const patienceMs = 2_000;
const maxServers = 3;
const rereadMs = 5_000;
/** Questions under way; more are not asked, and their pods ask again. */
const maxUnderWay = 128;

/** Asks the servers that the board itself asks. */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #cache = new AnswerCache();
  #servers: readonly string[] = [];
  #readAtMs = Number.NEGATIVE_INFINITY;
  #underWay = 0;

  constructor(options: UpstreamOptions) {
    this.#options = options;
  }

  /** The answer with the question's own id; `undefined` when nobody gave one. `not` is an address that is ourselves. */
  async ask(query: Buffer, transport: Transport, not: string): Promise<Buffer | undefined> {
    const { host } = this.#options;
    const known = this.#cache.find(query, host.monotonic());
    if (known) return known;
    if (this.#underWay >= maxUnderWay) return undefined;
    this.#underWay += 1;
    try {
      const answer = await this.#askEach(query, transport, not);
      if (answer) this.#cache.keep(query, answer, host.monotonic());
      return answer;
    } finally {
      this.#underWay -= 1;
    }
  }

  async #askEach(query: Buffer, transport: Transport, not: string): Promise<Buffer | undefined> {
    const servers = (await this.#nameservers()).filter((server) => server !== not);
    // An id that nobody can guess, from a port that nobody can guess: answers by others do not fit.
    const hidden = Buffer.from(query);
    hidden.writeUInt16BE(randomInt(0x10000), 0);
    for (const server of servers) {
      const answer = await (transport === 'udp'
        ? this.#overUdp(hidden, server)
        : this.#overTcp(hidden, server));
      if (!answer) continue;
      query.copy(answer, 0, 0, 2);
      return answer;
    }
    return undefined;
  }

  async #nameservers(): Promise<readonly string[]> {
    const now = this.#options.host.monotonic();
    if (now - this.#readAtMs < rereadMs) return this.#servers;
    const text = await readFile(this.#options.resolvConf, 'utf8').catch(() => '');
    const known = parseResolvConf(text).nameservers.filter((server) => isIP(server) !== 0);
    this.#servers = known.slice(0, maxServers);
    this.#readAtMs = now;
    return this.#servers;
  }

  #overUdp(query: Buffer, server: string): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const socket = createSocket(isIP(server) === 6 ? 'udp6' : 'udp4');
      const end = this.#once(resolve, () => socket.close());
      socket.on('error', () => end(undefined));
      socket.on('message', (answer) => {
        if (isAnswer(query, answer)) end(answer);
      });
      // Connected, so that the kernel takes packets of this server alone, and tells of a closed port.
      socket.connect(this.#options.port ?? 53, server, () => socket.send(query));
    });
  }

  #overTcp(query: Buffer, server: string): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const socket = connect({ host: server, port: this.#options.port ?? 53 });
      const end = this.#once(resolve, () => socket.destroy());
      const reader = new MessageReader();
      socket.on('error', () => end(undefined));
      socket.on('close', () => end(undefined));
      socket.on('data', (bytes) => {
        for (const answer of reader.take(bytes)) if (isAnswer(query, answer)) end(Buffer.from(answer));
      });
      socket.on('connect', () => socket.write(framed(query)));
    });
  }

  /** The first of answer, error and impatience counts. */
  #once(
    resolve: (answer: Buffer | undefined) => void,
    close: () => void,
  ): (answer: Buffer | undefined) => void {
    let open = true;
    const end = (answer: Buffer | undefined): void => {
      if (!open) return;
      open = false;
      cancel();
      close();
      resolve(answer);
    };
    const cancel = this.#options.host.timer(patienceMs, () => end(undefined));
    return end;
  }
}

function isAnswer(query: Buffer, answer: Buffer): boolean {
  if (answer.length < headerBytes || answer.readUInt16BE(0) !== query.readUInt16BE(0)) return false;
  if ((answer.readUInt16BE(2) & 0x8000) === 0) return false;
  const asked = readQuestion(query)?.value;
  const told = readQuestion(answer)?.value;
  return asked !== undefined && asked.name === told?.name && asked.type === told.type;
}
