import { exitCodes } from '@bramble/protocol/exit-codes.ts';
import { boardReady } from './board-ready.ts';
import { brokerPlaces } from './broker-places.ts';
import { chooseKubectl, type KubectlChoice, kubectlFolder } from './kubectl.ts';
import { readyText } from './ready-text.ts';
import type { UpSettings } from './settings.ts';
import { readToken, writeShellFiles } from './shell-files.ts';
import type { Progress } from './start-helper.ts';

const controllerReady = Promise.withResolvers<void>();
/** Resolves with the name of this machine's board. */
const agentReady = Promise.withResolvers<string>();
process.on('message', (progress: Progress) => {
  if (progress.step === 'agent') agentReady.resolve(progress.node);
  else controllerReady.resolve();
});
// `bramble up` is gone: nobody waits for this.
process.on('disconnect', () => process.exit(exitCodes.ok));

try {
  await help(JSON.parse(process.argv[2] ?? '') as UpSettings);
  process.exit(exitCodes.ok);
} catch (error) {
  process.stderr.write(`bramble: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(exitCodes.environment);
}

async function help(settings: UpSettings): Promise<void> {
  const [kubectl] = await Promise.all([
    chooseKubectl(kubectlFolder(settings.dataDir), process.env['PATH'] ?? ''),
    controllerReady.promise,
  ]);
  await writeFiles(settings, kubectl);
  if (!settings.controllerOnly) {
    const node = await agentReady.promise;
    await boardReady(settings.dataDir, node);
    if (node !== settings.node)
      process.stdout.write(`This board keeps the name ${node}, under which it joined.\n`);
  }
  const advice = kubectl.found ? undefined : kubectl.advice;
  process.stdout.write(readyText(settings, process.cwd(), advice));
}

async function writeFiles(settings: UpSettings, kubectl: KubectlChoice): Promise<void> {
  const { dataDir, httpsPort } = settings;
  await writeShellFiles({
    dataDir,
    httpsPort,
    broker: brokerPlaces(settings).users,
    user: 'admin',
    token: await readToken(dataDir),
    kubectl: kubectl.found ? kubectl.path : undefined,
  });
}
