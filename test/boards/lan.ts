import { networkInterfaces } from 'node:os';
import { runCommand, succeed } from '../e2e/fixture/commands.ts';
import { Place } from './place.ts';

/** A switch in a network namespace of its own, with this machine plugged in. */
export class Lan {
  readonly #place: Place;
  readonly #subnet: string;

  static async make(): Promise<Lan> {
    const third = freeSubnet();
    const place = await Place.make(
      ['--net'],
      'ip link set lo up\nip link add name switch type bridge stp_state 0 forward_delay 0\nip link set switch up',
    );
    const lan = new Lan(place, `10.99.${third}`);
    try {
      await lan.plugIn('host', `brlan${third}`, undefined, 254);
      return lan;
    } catch (error) {
      await lan.dispose();
      throw error;
    }
  }

  private constructor(place: Place, subnet: string) {
    this.#place = place;
    this.#subnet = subnet;
  }

  get hostAddress(): string {
    return this.addressOf(254);
  }

  addressOf(number: number): string {
    return `${this.#subnet}.${number}`;
  }

  /**
   * A cable from the switch to a device in the network namespace of a process, or of this machine.
   * @param port the switch's end
   */
  async plugIn(port: string, device: string, pid: number | undefined, number: number): Promise<void> {
    const [program, args] = this.#place.enter('ip', []);
    // Process 1 of this machine is in its own network, as this process is unless somebody put it elsewhere.
    const other = pid ?? process.pid;
    // Of a board that lost its power the kernel takes the network, and the cable with it, away in its own time.
    await runCommand(program, [...args, 'link', 'delete', port]);
    await succeed(program, [
      ...args,
      'link',
      'add',
      port,
      'type',
      'veth',
      'peer',
      'name',
      device,
      'netns',
      `${other}`,
    ]);
    await succeed(program, [...args, 'link', 'set', port, 'master', 'switch', 'up']);
    const inside = pid === undefined ? [] : [`--target=${pid}`, '--net', '--', 'ip'];
    const ip = (words: string): Promise<string> =>
      pid === undefined
        ? succeed('ip', words.split(' '))
        : succeed('nsenter', [...inside, ...words.split(' ')]);
    await ip(`addr add ${this.addressOf(number)}/24 dev ${device}`);
    await ip(`link set ${device} up`);
    if (pid !== undefined) await ip(`route add default via ${this.hostAddress}`);
  }

  /** What a pulled cable does, and putting it back. */
  async setPort(port: string, state: 'up' | 'down'): Promise<void> {
    await succeed(...this.#place.enter('ip', ['link', 'set', port, state]));
  }

  /** The cables vanish with it. */
  dispose(): Promise<void> {
    return this.#place.end();
  }
}

/** Of 10.99.0.0/16; a test's process number tells where to begin, so that two that start at once do not meet. */
function freeSubnet(): number {
  const taken = Object.values(networkInterfaces()).flatMap(
    (each) => each?.map(({ address }) => address) ?? [],
  );
  for (let step = 0; step < 200; step += 1) {
    const third = 1 + ((process.pid + step) % 200);
    if (!taken.some((address) => address.startsWith(`10.99.${third}.`))) return third;
  }
  throw new Error('no subnet of 10.99.0.0/16 is free');
}
