import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { ContainerSession, LogChunk, SessionResult } from '../../runtime/port.ts';
import type { PortDialer } from '../port-dialer.ts';

type Relay = ChildProcessByStdio<Writable, Readable, Readable>;

const errorCharacters = 500;
/**
 * IPv4 first, then IPv6, as the kubelet dials `localhost`. The second is tried only where the first refused, and so has read
 * nothing of the input. What failed says so itself; the second's words add nothing.
 */
const script = '"$1" nc 127.0.0.1 "$2" || { code=$?; "$1" nc ::1 "$2" 2>/dev/null || exit "$code"; }';

/**
 * A process cannot be in two network namespaces, and an image need not hold any tool: so the machine's own busybox, a
 * megabyte in size, relays each connection from within the pod's namespace.
 */
export function nsenterDialer(busybox: string): PortDialer {
  return {
    dial(pid, port) {
      const inside = ['sh', '-c', script, 'sh', busybox, String(port)];
      const child = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, busybox, ...inside], {
        stdio: ['pipe', 'pipe', 'pipe'],
        cwd: '/',
        env: {},
        // Its whole group ends with it.
        detached: true,
      });
      return relaySession(child, port);
    },
  };
}

function relaySession(child: Relay, port: number): ContainerSession {
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(0, errorCharacters);
  });
  // A peer that has closed breaks the pipe; the end of the output tells of it.
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(
    ([code]) => resultOf(Number(code ?? 0), port, words),
    (error: Error): SessionResult => failed(port, error.message),
  );
  return {
    output: outputOf(child),
    write: (bytes) =>
      new Promise((resolve, reject) => {
        child.stdin.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    endInput: () => void child.stdin.end(),
    resize: async () => {},
    result: () => ended,
    close: () => kill(child),
  };
}

async function* outputOf(child: Relay): AsyncGenerator<LogChunk> {
  for await (const bytes of child.stdout as AsyncIterable<Buffer>) yield { stream: 'stdout', bytes };
}

function resultOf(code: number, port: number, words: string): SessionResult {
  if (code === 0) return {};
  const reason = /: ([^:]+)$/.exec(words.trim())?.[1] ?? words.trim();
  return failed(port, reason || `the relay ended with ${code}`);
}

function failed(port: number, reason: string): SessionResult {
  return {
    error: { code: 502, message: `failed to connect to localhost:${port} inside the pod: ${reason}` },
  };
}

function kill(child: Relay): void {
  child.stdin.destroy();
  child.stdout.destroy();
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended by itself at this moment.
  }
}
