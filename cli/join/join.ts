import { rm } from 'node:fs/promises';
import { exitCodes } from '@bramble/protocol/exit-codes.ts';
import { agentBeside } from '../bundle/node-program.ts';
import { writeBrambleScript } from '../up/bramble-script.ts';
import { SupervisedChild } from '../up/child-process.ts';
import { agentFlags } from '../up/programs.ts';
import type { JoinSettings } from './settings.ts';
import { tokenFileOf, writeToken } from './token-file.ts';

/** Runs this machine's agent, which joins first where it was given a token, until a signal ends it. Resolves with the exit code. */
export async function join(settings: JoinSettings): Promise<number> {
  const { dataDir, token } = settings;
  const tokenFile = token === undefined ? settings.tokenFile : tokenFileOf(dataDir);
  const ended = Promise.withResolvers<number>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => ended.resolve(exitCodes.ok));
  if (token !== undefined && tokenFile !== undefined) await writeToken(tokenFile, token);
  const agent = new SupervisedChild(
    {
      name: 'agent',
      program: () => agentBeside(process.argv[1] ?? ''),
      args: agentArguments(settings, tokenFile),
      semiSpaceMebibytes: 1,
      flags: agentFlags,
      // Who types this waits for an answer; a service manager tries again by itself.
      finalCodes: token === undefined ? [] : [exitCodes.unreachable],
    },
    ended.resolve,
  );
  void agent.start().then(async ({ node = '' }) => {
    await forget(tokenFile);
    await writeBrambleScript(dataDir);
    process.stdout.write(runningText(settings, node));
  });
  const code = await ended.promise;
  if (code === exitCodes.ok) process.stdout.write('Stopping. Pods keep running.\n');
  await agent.stop();
  // What was typed is typed again; a file of somebody else's is still needed where the board has not joined.
  if (token !== undefined) await forget(tokenFile);
  return code;
}

/** A token that has let this board in is of use to others alone. */
async function forget(tokenFile: string | undefined): Promise<void> {
  if (tokenFile !== undefined) await rm(tokenFile, { force: true });
}

function agentArguments(settings: JoinSettings, tokenFile: string | undefined): string[] {
  const { dataDir, url, node, bridge, clusterCidr, labels, logLevel, mqttKeepalive } = settings;
  return [
    ...['--data-dir', dataDir, '--bridge', bridge, '--log-level', logLevel],
    ...(clusterCidr === undefined ? [] : ['--cluster-cidr', clusterCidr]),
    ...(mqttKeepalive === undefined ? [] : ['--mqtt-keepalive-seconds', `${mqttKeepalive}`]),
    ...(url === undefined ? [] : ['--controller', url]),
    ...(node === undefined ? [] : ['--node', node]),
    ...(tokenFile === undefined ? [] : ['--join-token-file', tokenFile, '--join-anew', '--labels', labels]),
  ];
}

function runningText({ url, token }: JoinSettings, node: string): string {
  const first =
    token === undefined ? `Board ${node} is running.` : `Board ${node} has joined the fleet of ${url}.`;
  return `${first}\nCtrl-C stops the agent; pods keep running, and \`bramble join\` without arguments starts it again.\n`;
}
