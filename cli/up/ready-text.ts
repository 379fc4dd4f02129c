import { join } from 'node:path';
import { shellQuoted } from './shell-words.ts';

/**
 * The end of start-up: that it is ready, and what to type next in a second shell.
 * @param folder where this was typed: what lies in it is named shortly
 * @param kubectlAdvice what to do where no kubectl was found
 */
export function readyText(
  settings: { readonly dataDir: string; readonly controllerOnly: boolean },
  folder: string,
  kubectlAdvice: string | undefined,
): string {
  const env = join(settings.dataDir, 'env');
  const shown = env.startsWith(`${folder}/`) ? env.slice(folder.length + 1) : env;
  const boards = ['kubectl get nodes'];
  const pods = [
    'kubectl create -f examples/hello.yaml',
    'kubectl get pods -o wide',
    'bramble trace pod/hello',
  ];
  return [
    'Bramble is ready',
    '',
    'In a second shell:',
    ...(kubectlAdvice === undefined ? [] : [`  # ${kubectlAdvice}`]),
    `  source ${shellQuoted(shown)}`,
    ...(settings.controllerOnly ? boards : pods).map((line) => `  ${line}`),
    "  mosquitto_sub $BRAMBLE_MQTT -v -t 'bramble/v1/fleet/#'",
    '',
    settings.controllerOnly ? 'Ctrl-C stops Bramble.' : 'Ctrl-C stops Bramble; pods keep running.',
    '',
  ].join('\n');
}
