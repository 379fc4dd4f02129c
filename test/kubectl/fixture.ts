import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { HandlerPorts } from '@bramble/controller/apiserver/http/ports.ts';
import { type RunningServer, runServer } from '@bramble/controller/apiserver/testing/running-server.ts';
import { kubectlPath } from '../tools/kubectl.ts';

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Kubectl {
  readonly server: RunningServer;
  /** Runs to its end as `admin`, or as the user of `as`: `edit`, `view`, `node`, `nobody`. */
  readonly run: (args: string, options?: { readonly input?: string; readonly as?: string }) => Promise<Said>;
  /** The same, and fails the test unless it succeeds; what it printed, trimmed. */
  readonly ok: (args: string, input?: string) => Promise<string>;
  /** Runs until stopped; `said` is what it has printed so far. */
  readonly begin: (args: string) => { readonly said: () => string; readonly stop: () => void };
  /** Writes a file and answers its path. */
  readonly file: (name: string, content: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** The real kubectl against an API server on loopback, each with a home of its own. */
export async function startKubectl(ports: Partial<HandlerPorts> = {}): Promise<Kubectl> {
  const binary = await kubectlPath();
  const home = await mkdtemp(join(tmpdir(), 'bramble-kubectl-test-'));
  const server = await runServer(ports);
  for (const user of ['admin', 'edit', 'view', 'node', 'nobody']) {
    await writeFile(join(home, user), kubeconfig(server, `token-${user}`));
  }
  const children = new Set<ChildProcess>();
  const launch = (args: string, user = 'admin'): ChildProcess => {
    const env = { HOME: home, PATH: process.env['PATH'] ?? '', KUBECONFIG: join(home, user) };
    const child = spawn(binary, splitWords(args), { env });
    children.add(child);
    child.on('close', () => children.delete(child));
    return child;
  };
  const run: Kubectl['run'] = (args, options = {}) => whole(launch(args, options.as), options.input);
  return {
    server,
    run,
    ok: async (args, input) => {
      const said = await run(args, input === undefined ? {} : { input });
      if (said.code !== 0) throw new Error(`kubectl ${args}: ${said.err || said.out}`);
      return said.out.trim();
    },
    begin: (args) => {
      const child = launch(args);
      let text = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      return { said: () => text, stop: () => child.kill() };
    },
    file: async (name, content) => {
      const path = join(home, name);
      await writeFile(path, content);
      return path;
    },
    stop: async () => {
      for (const child of children) child.kill('SIGKILL');
      await server.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

function whole(child: ChildProcess, input = ''): Promise<Said> {
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
    // A command that does not read its input closes it, which is no fault of the test.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** Words apart by blanks; single quotes keep some together, as in a shell. */
function splitWords(text: string): string[] {
  return (text.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ''));
}

function kubeconfig(server: RunningServer, token: string): string {
  const authority = Buffer.from(server.caPem).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: server.url, 'certificate-authority-data': authority } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}

/** Waits until it holds; fails after twenty seconds with what was said instead. */
export async function until(holds: () => boolean, instead: () => string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`it did not happen; instead: ${instead()}`);
    await delay(10);
  }
}

export function podYaml(name: string, extra = ''): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: {app: web}
spec:
  containers:
  - name: main
    image: localhost/bramble/hello:1
${extra}`;
}
