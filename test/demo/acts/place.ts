import { listed, secondsSince } from '../narrator.ts';
import { deploymentYaml, firstGreeting, replicas } from '../objects.ts';
import { type Show, until } from '../show.ts';

/** A Deployment is applied, and its pods are spread. */
export async function placePods(show: Show): Promise<void> {
  const { narrator, fleet } = show;
  narrator.title('2. A Deployment of six pods');
  narrator.say(
    'The controller decides which board runs which pod, and the boards start them. The image is on every board: nothing is pulled.',
  );
  narrator.command('bramble apply -f web.yaml');
  const startedMs = performance.now();
  await fleet.apply('web.yaml', deploymentYaml(firstGreeting));
  const pods = await until(show, `${replicas} pods to be ready`, async () => {
    const all = await fleet.pods();
    return all.filter(({ ready }) => ready).length === replicas ? all : undefined;
  });
  narrator.fact(`${replicas} pods are ready ${secondsSince(startedMs)} after the command was typed.`);
  for (const { name } of fleet.boards.all) {
    const own = pods.filter(({ board }) => board === name);
    narrator.fact(`${name} runs ${listed(own.map((pod) => `${pod.name} at ${pod.address}`))}.`);
  }
}
