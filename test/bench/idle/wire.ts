import { succeed } from '../../e2e/fixture/commands.ts';

/** What passed the wire: IP packets with their headers, without those of Ethernet. */
export interface Wire {
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
}

export const noWire: Wire = { sentPackets: 0, sentBytes: 0, receivedPackets: 0, receivedBytes: 0 };

/** IPv4 and TCP with its timestamps, as Linux sends them; the few packets that open a connection have some bytes more. */
const headerBytes = 52;

export const packetsOf = ({ sentPackets, receivedPackets }: Wire): number => sentPackets + receivedPackets;
export const bytesOf = ({ sentBytes, receivedBytes }: Wire): number => sentBytes + receivedBytes;
/** What TCP carried, which is TLS alone. */
export const tlsBytesOf = (wire: Wire): number => bytesOf(wire) - headerBytes * packetsOf(wire);

export function between(before: Wire, after: Wire): Wire {
  return {
    sentPackets: after.sentPackets - before.sentPackets,
    sentBytes: after.sentBytes - before.sentBytes,
    receivedPackets: after.receivedPackets - before.receivedPackets,
    receivedBytes: after.receivedBytes - before.receivedBytes,
  };
}

type Run = (program: string, args: readonly string[], input?: string) => Promise<string>;

/** Counts what one network namespace and one port of another machine say to each other, in the kernel. */
export class WireCounter {
  readonly #run: Run;

  /** @param pid a process in the namespace */
  static async make(pid: number, port: number): Promise<WireCounter> {
    const run: Run = (program, args, input = '') =>
      succeed('nsenter', [`--target=${pid}`, '--net', '--', program, ...args], { input });
    const rules = `table inet idle_bench {
      counter sent { }
      counter received { }
      chain out { type filter hook output priority 300; tcp dport ${port} counter name "sent"; }
      chain in { type filter hook input priority -300; tcp sport ${port} counter name "received"; }
    }`;
    await run('nft', ['-f', '-'], rules);
    return new WireCounter(run);
  }

  private constructor(run: Run) {
    this.#run = run;
  }

  async read(): Promise<Wire> {
    const text = await this.#run('nft', ['list', 'counters', 'table', 'inet', 'idle_bench']);
    const [sentPackets = 0, sentBytes = 0] = counterIn(text, 'sent');
    const [receivedPackets = 0, receivedBytes = 0] = counterIn(text, 'received');
    return { sentPackets, sentBytes, receivedPackets, receivedBytes };
  }
}

function counterIn(text: string, name: string): number[] {
  const match = new RegExp(`counter ${name} \\{\\s*packets (\\d+) bytes (\\d+)`).exec(text);
  if (!match) throw new Error(`nft shows no counter ${name}: ${text}`);
  return [Number(match[1]), Number(match[2])];
}
