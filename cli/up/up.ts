import { join } from 'node:path';
import { exitCodes } from '@bramble/protocol/exit-codes.ts';
import { agentBeside, cacheOf, compiled, type NodeProgram } from '../bundle/node-program.ts';
import { parseDurationMs } from '../duration.ts';
import { brokerPlaces } from './broker-places.ts';
import { SupervisedChild } from './child-process.ts';
import { agentFlags, controllerFlags } from './programs.ts';
import type { UpSettings } from './settings.ts';
import { StartHelper } from './start-helper.ts';

/** Runs a controller, and an agent for this machine, until a signal ends it. Resolves with the exit code. */
export async function up(settings: UpSettings): Promise<number> {
  const ended = Promise.withResolvers<number>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => ended.resolve(exitCodes.ok));
  const cache = cacheOf(settings.dataDir);
  const child = (
    name: 'controller' | 'agent',
    args: string[],
    semiSpaceMebibytes: number,
    flags: readonly string[],
    program: () => NodeProgram,
  ): SupervisedChild =>
    new SupervisedChild({ name, program, args, semiSpaceMebibytes, flags }, ended.resolve);
  const controller = child('controller', controllerArgs(settings), 16, controllerFlags, () =>
    compiled('controller/main.ts', cache),
  );
  const agent = child('agent', agentArgs(settings), 1, agentFlags, () => agentBeside(process.argv[1] ?? ''));
  const helper = new StartHelper(settings, cache);
  helper.ended.then((code) => {
    if (code !== exitCodes.ok) ended.resolve(code);
  });
  void start(settings, controller, agent, helper);
  const code = await ended.promise;
  helper.stop();
  if (code === exitCodes.ok)
    process.stdout.write(settings.controllerOnly ? 'Stopping.\n' : 'Stopping. Pods keep running.\n');
  await agent.stop();
  await controller.stop();
  return code;
}

async function start(
  settings: UpSettings,
  controller: SupervisedChild,
  agent: SupervisedChild,
  helper: StartHelper,
): Promise<void> {
  await controller.start();
  helper.tell({ step: 'controller' });
  if (settings.controllerOnly) return;
  const { node = settings.node } = await agent.start();
  helper.tell({ step: 'agent', node });
}

function controllerArgs(settings: UpSettings): string[] {
  const { dataDir, httpsPort, mqttPort, clusterCidr, serviceCidr, logLevel, newStore, boardCertificates } =
    settings;
  return [
    ...['--data-dir', dataDir, '--https-port', `${httpsPort}`, '--mqtt-port', `${mqttPort}`],
    ...(settings.broker === undefined ? [] : ['--broker', settings.broker]),
    ...(settings.brokerUsersPort === undefined ? [] : ['--broker-users-port', `${settings.brokerUsersPort}`]),
    ...['--cluster-cidr', clusterCidr, '--service-cidr', serviceCidr, '--log-level', logLevel],
    ...['--board-certificate-ms', `${parseDurationMs(boardCertificates)}`],
    ...(newStore ? ['--new-store'] : []),
  ];
}

function agentArgs(settings: UpSettings): string[] {
  const { dataDir, httpsPort, node, bridge, clusterCidr, serviceCidr, logLevel, mqttKeepalive } = settings;
  return [
    ...['--data-dir', dataDir, '--node', node, '--bridge', bridge, '--log-level', logLevel],
    ...['--cluster-cidr', clusterCidr, '--service-cidr', serviceCidr],
    ...(mqttKeepalive === undefined ? [] : ['--mqtt-keepalive-seconds', `${mqttKeepalive}`]),
    ...['--controller', `https://127.0.0.1:${httpsPort}`, '--mqtt', brokerPlaces(settings).url],
    ...['--join-token-file', join(dataDir, 'controller', 'local-join-token')],
  ];
}
