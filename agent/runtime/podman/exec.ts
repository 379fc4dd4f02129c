import { setTimeout as pause } from 'node:timers/promises';
import * as z from '@bramble/protocol/zod.ts';
import { type ContainerSession, RuntimeError, type SessionOptions, type SessionResult } from '../port.ts';
import type { AbandonedCommands } from './abandoned.ts';
import type { PodmanClient } from './client.ts';
import { expect, refusal } from './refusals.ts';
import { podmanSession } from './session.ts';

const created = z.object({ Id: z.string() });
const container = z.object({ Config: z.object({ Tty: z.boolean() }) });
const inspected = z.object({ ExitCode: z.number(), Running: z.boolean(), Pid: z.number() });

/** podman writes the end of a command down a moment after its output has ended. */
const endPolls = 100;
const endPollMs = 20;
/** A command that has just begun has no terminal yet. */
const resizeAttempts = 20;
const resizePollMs = 50;

/** A command in a running container, with its channels. */
export async function execSession(
  client: PodmanClient,
  id: string,
  command: readonly string[],
  options: SessionOptions,
  abandoned: AbandonedCommands,
): Promise<ContainerSession> {
  const body = {
    AttachStdin: options.stdin,
    AttachStdout: options.stdout,
    AttachStderr: options.stderr && !options.tty,
    Tty: options.tty,
    Cmd: command,
  };
  const answer = await client.call('POST', `/containers/${encodeURIComponent(id)}/exec`, { body });
  const exec = created.parse(JSON.parse(expect(answer, 201).text)).Id;
  const hijacked = await client.hijack(`/exec/${exec}/start`, { Detach: false, Tty: options.tty });
  if (!hijacked.ok) throw refusal(hijacked.answer);
  return podmanSession({
    connection: hijacked.connection,
    tty: options.tty,
    resize: (size) => (options.tty ? resize(client, `/exec/${exec}`, size) : Promise.resolve()),
    result: () => resultOf(client, exec),
    abandon: (connection) =>
      abandoned.add(connection, options.tty, (name) => signalCommand(client, exec, name)),
  });
}

/** The container's own process. */
export async function attachSession(
  client: PodmanClient,
  id: string,
  { stdin, stdout, stderr }: SessionOptions,
): Promise<ContainerSession> {
  const path = `/containers/${encodeURIComponent(id)}`;
  const tty = await hasTerminal(client, path);
  const query = new URLSearchParams({ stream: 'true', stdin: `${stdin}`, stdout: `${stdout}` });
  query.set('stderr', `${stderr && !tty}`);
  const hijacked = await client.hijack(`${path}/attach?${query}`);
  if (!hijacked.ok) throw refusal(hijacked.answer);
  return podmanSession({
    connection: hijacked.connection,
    tty,
    resize: (size) => (tty ? resize(client, path, size) : Promise.resolve()),
    result: async () => ({}),
    abandon: (connection) => void connection.destroy(),
  });
}

/** Whatever the client has: a container's terminal is its own, from its beginning. */
async function hasTerminal(client: PodmanClient, path: string): Promise<boolean> {
  const answer = expect(await client.call('GET', `${path}/json`), 200);
  return container.parse(JSON.parse(answer.text)).Config.Tty;
}

async function resize(
  client: PodmanClient,
  path: string,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<void> {
  for (let attempt = 0; attempt < resizeAttempts; attempt += 1) {
    const { status } = await client.call('POST', `${path}/resize?h=${height}&w=${width}`);
    if (status < 300) return;
    await pause(resizePollMs);
  }
}

/** The runtime makes each command the leader of a session, and so of a process group. */
async function signalCommand(client: PodmanClient, exec: string, name: NodeJS.Signals): Promise<void> {
  const answer = expect(await client.call('GET', `/exec/${exec}/json`), 200);
  const { Running, Pid } = inspected.parse(JSON.parse(answer.text));
  if (Running && Pid > 1) process.kill(-Pid, name);
}

async function resultOf(client: PodmanClient, exec: string): Promise<SessionResult> {
  for (let poll = 0; poll < endPolls; poll += 1) {
    const answer = expect(await client.call('GET', `/exec/${exec}/json`), 200);
    const { ExitCode, Running } = inspected.parse(JSON.parse(answer.text));
    if (!Running) return { exitCode: ExitCode };
    await pause(endPollMs);
  }
  throw new RuntimeError('unavailable', 'the command closed its output, and its end is not known');
}
