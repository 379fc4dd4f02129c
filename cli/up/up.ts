import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { exitCodes } from '@bramble/protocol/exit-codes.ts';
import { ApiError, call, type Target } from '../client.ts';
import { SupervisedChild } from './child-process.ts';
import { chooseKubectl, type KubectlChoice } from './kubectl.ts';
import type { UpSettings } from './settings.ts';
import { writeShellFiles } from './shell-files.ts';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
const readyWithinMs = 120_000;
const lookEveryMs = 100;

/** Runs a controller, and an agent for this machine, until a signal ends it. Resolves with the exit code. */
export async function up(settings: UpSettings): Promise<number> {
  if (!settings.controllerOnly && process.getuid?.() !== 0)
    throw new BrambleError('BRAMBLE_NOT_ROOT', 'an agent needs root');
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  const ended = Promise.withResolvers<number>();
  const compileCache = join(settings.dataDir, 'cache');
  const controller = new SupervisedChild(
    {
      name: 'controller',
      script: mainOf('controller'),
      args: controllerArgs(settings),
      semiSpaceMebibytes: 2,
      compileCache,
    },
    ended.resolve,
  );
  const agent = new SupervisedChild(
    {
      name: 'agent',
      script: mainOf('agent'),
      args: agentArgs(settings),
      semiSpaceMebibytes: 1,
      compileCache,
    },
    ended.resolve,
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => ended.resolve(exitCodes.ok));
  const started = start(settings, controller, agent).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    ended.resolve(exitCodes.environment);
  });
  const code = await Promise.race([ended.promise, started.then(() => ended.promise)]);
  if (code === exitCodes.ok) process.stdout.write('Stopping. Pods keep running.\n');
  await agent.stop();
  await controller.stop();
  return code;
}

async function start(
  settings: UpSettings,
  controller: SupervisedChild,
  agent: SupervisedChild,
): Promise<void> {
  const [kubectl] = await Promise.all([
    chooseKubectl(join(settings.dataDir, 'bin'), process.env['PATH'] ?? ''),
    controller.start(),
  ]);
  const target = await writeFiles(settings, kubectl);
  if (!settings.controllerOnly) {
    await agent.start();
    await boardReady(target, settings.node);
  }
  process.stdout.write(readyText(settings, kubectl));
}

function mainOf(workspace: 'controller' | 'agent'): string {
  return join(projectRoot, workspace, 'main.ts');
}

function controllerArgs(settings: UpSettings): string[] {
  const { dataDir, httpsPort, mqttPort, clusterCidr, logLevel, newStore } = settings;
  return [
    ...['--data-dir', dataDir, '--https-port', `${httpsPort}`, '--mqtt-port', `${mqttPort}`],
    ...['--cluster-cidr', clusterCidr, '--log-level', logLevel],
    ...(newStore ? ['--new-store'] : []),
  ];
}

function agentArgs({
  dataDir,
  httpsPort,
  mqttPort,
  node,
  bridge,
  clusterCidr,
  logLevel,
}: UpSettings): string[] {
  return [
    ...['--data-dir', dataDir, '--node', node, '--bridge', bridge, '--log-level', logLevel],
    ...['--cluster-cidr', clusterCidr],
    ...['--controller', `https://127.0.0.1:${httpsPort}`, '--mqtt', `mqtts://127.0.0.1:${mqttPort}`],
    ...['--join-token-file', join(dataDir, 'controller', 'local-join-token')],
  ];
}

async function writeFiles(settings: UpSettings, kubectl: KubectlChoice): Promise<Target> {
  const { dataDir, httpsPort, mqttPort } = settings;
  const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
  const authority = await readFile(join(dataDir, 'ca.crt'));
  await writeShellFiles({
    dataDir,
    httpsPort,
    mqttPort,
    caFile: join(dataDir, 'ca.crt'),
    user: 'admin',
    token,
    kubectl: kubectl.found ? kubectl.path : undefined,
    node: process.execPath,
    cli: fileURLToPath(new URL('../main.ts', import.meta.url)),
  });
  return { server: new URL(`https://127.0.0.1:${httpsPort}`), authority, token };
}

/** Waits until this machine's board is Ready. @throws Error when it does not get there. */
async function boardReady(target: Target, node: string): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline) {
    if (await isReady(target, node)) return;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  throw new Error(`board ${node} did not become ready within ${readyWithinMs / 1000} s: its log is above`);
}

async function isReady(target: Target, node: string): Promise<boolean> {
  try {
    const board = await call<{ status?: { conditions?: { type: string; status: string }[] } }>(
      target,
      'GET',
      `/api/v1/nodes/${node}`,
    );
    return (
      board.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
    );
  } catch (error) {
    // A controller that ended is started again meanwhile: then there is no connection for a moment.
    if (error instanceof ApiError && error.code !== 404) throw error;
    return false;
  }
}

function readyText(settings: UpSettings, kubectl: KubectlChoice): string {
  const env = join(settings.dataDir, 'env');
  const shown = env.startsWith(`${process.cwd()}/`) ? env.slice(process.cwd().length + 1) : env;
  return [
    'Bramble is ready',
    '',
    'In a second shell:',
    `  source ${shown}`,
    ...(kubectl.found ? [] : [`  # ${kubectl.advice}`]),
    '  kubectl create -f examples/hello.yaml',
    '  kubectl get pods -o wide',
    '  bramble trace pod/hello',
    "  mosquitto_sub $BRAMBLE_MQTT -v -t 'bramble/v1/fleet/#'",
    '',
    'Ctrl-C stops Bramble; pods keep running.',
    '',
  ].join('\n');
}
