import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Kernel } from './kernel.ts';

export interface MachineOptions {
  readonly kernel: Kernel;
  /** Read only: what a machine writes there is gone with it. */
  readonly rootDisk: string;
  /** What stays. */
  readonly dataDisk: string;
  /** Of this machine, on loopback: it leads to the controller's API. */
  readonly port: number;
  /** It starts the controller once, ends it, and switches itself off: what Node compiled is on the data disk then. */
  readonly prepare?: boolean;
  readonly signal: AbortSignal;
}

const memoryMebibytes = 1_024;

/** A virtual machine with a controller in it. Its `kill` is a power cut: what its kernel had in memory alone is lost. */
export class VirtualMachine {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #console = '';

  constructor(options: MachineOptions) {
    this.#child = spawn('qemu-system-x86_64', qemuArguments(options), {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: options.signal,
      killSignal: 'SIGKILL',
    });
    this.#closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.on('error', (error) => {
      this.#console += `${error}\n`;
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#console = (this.#console + text).slice(-20_000);
      });
  }

  /** What its kernel and its controller said. */
  get console(): string {
    return this.#console;
  }

  /** Resolves when `serves` says so. @throws Error with the console when the machine ends before, or it takes too long */
  async ready(serves: () => Promise<boolean>, withinMs: number): Promise<void> {
    const due = performance.now() + withinMs;
    while (performance.now() < due && this.#child.exitCode === null && this.#child.signalCode === null) {
      // Where the machine has ended, nobody may be there to answer.
      if (await Promise.race([serves(), this.#closed.then(() => false)])) return;
      await pause(100);
    }
    throw new Error(`the controller in the virtual machine did not serve:\n${this.#console}`);
  }

  /** Resolves when it has switched itself off. @throws Error with the console when it takes too long */
  async ended(withinMs: number): Promise<void> {
    const tooLate = pause(withinMs, 'late' as const, { ref: false });
    if ((await Promise.race([this.#closed, tooLate])) !== 'late') return;
    await this.kill();
    throw new Error(`the virtual machine did not switch itself off:\n${this.#console}`);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

function qemuArguments({ kernel, rootDisk, dataDisk, port, prepare }: MachineOptions): string[] {
  const drive = (file: string, rest: string): string[] => [
    '-drive',
    `file=${file},format=raw,if=virtio,${rest}`,
  ];
  return [
    ...['-M', 'pc', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', `${memoryMebibytes}`],
    ...['-nodefaults', '-nographic', '-no-reboot', '-serial', 'stdio'],
    ...['-kernel', kernel.image, '-initrd', kernel.initramfs],
    ...['-append', `console=ttyS0 quiet panic=-1 root=/dev/vda${prepare ? ' bramble.prepare' : ''}`],
    ...drive(rootDisk, 'snapshot=on'),
    // What the guest's disk says is written is in this machine's memory, and survives the death of the guest.
    ...drive(dataDisk, 'cache=writeback'),
    ...['-netdev', `user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:6443`],
    ...['-device', 'virtio-net-pci,netdev=net0,romfile=', '-device', 'virtio-rng-pci'],
  ];
}
