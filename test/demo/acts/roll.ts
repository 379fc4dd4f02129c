import type { Deployment } from '@bramble/protocol/schema/types.generated.ts';
import { listed, secondsSince } from '../narrator.ts';
import { deploymentYaml, firstGreeting, leastAvailable, replicas, secondGreeting } from '../objects.ts';
import { type Show, until } from '../show.ts';
import { askOnce, keepAsking, type Traffic } from '../traffic.ts';
import { calls, nodePortUrl } from './serve.ts';

/** The Deployment gets another version, while somebody keeps asking the Service. */
export async function roll(show: Show): Promise<void> {
  const { narrator, fleet } = show;
  narrator.title('6. A new version is rolled out');
  narrator.say(
    `The pods are to say "${secondGreeting}" instead of "${firstGreeting}". They are replaced a few at a time, and never fewer than ${leastAvailable} of ${replicas} are available. Meanwhile somebody outside keeps asking the Service.`,
  );
  narrator.command('bramble apply -f web-2.yaml');
  const url = await nodePortUrl(show);
  const done = new AbortController();
  const fewest = await watchAvailable(show, done.signal);
  const traffic = keepAsking(url, done.signal);
  const startedMs = performance.now();
  try {
    await fleet.apply('web-2.yaml', deploymentYaml(secondGreeting));
    await until(show, 'the rollout', async () => (rolledOut(await fleet.deployment()) ? true : undefined));
    narrator.fact(`All ${replicas} pods are of the new version after ${secondsSince(startedMs)}.`);
  } finally {
    done.abort();
  }
  tellAvailable(show, fewest());
  tellTraffic(show, await traffic);
  await until(show, 'new answers alone', () => newAnswersAlone(url));
  narrator.fact(`Now ${calls} calls of ${calls} are answered with "${secondGreeting}".`);
}

/** The other boards hear of the last pods a moment after the controller. */
async function newAnswersAlone(url: string): Promise<true | undefined> {
  for (let call = 0; call < calls; call += 1)
    if (!(await askOnce(url).catch(() => '')).startsWith(secondGreeting)) return undefined;
  return true;
}

/** Answers a question: how many pods at least the Deployment said to be available, of all that it has said since. */
async function watchAvailable({ fleet }: Show, signal: AbortSignal): Promise<() => number> {
  let fewest = Number.POSITIVE_INFINITY;
  const path = '/apis/apps/v1/namespaces/default/deployments?fieldSelector=metadata.name%3Dweb';
  const seen = ({ status }: Deployment): void => {
    fewest = Math.min(fewest, status?.availableReplicas ?? 0);
  };
  const whole = await fleet.api.watch(path, seen, signal);
  return () => {
    if (!whole()) throw new Error('the watch of the Deployment ended before the rollout');
    return fewest;
  };
}

function rolledOut({ metadata, status }: Deployment): boolean {
  const { observedGeneration = 0, updatedReplicas, availableReplicas, replicas: total } = status ?? {};
  const counts = [updatedReplicas, availableReplicas, total];
  return observedGeneration >= (metadata?.generation ?? 0) && counts.every((count) => count === replicas);
}

function tellAvailable({ narrator }: Show, fewest: number): void {
  if (fewest < leastAvailable) throw new Error(`only ${fewest} pods were available during the rollout`);
  narrator.fact(`At least ${fewest} pods were available at every moment.`);
}

function tellTraffic({ narrator }: Show, { answers, failures }: Traffic): void {
  const count = (greeting: string): number => answers.filter((text) => text.startsWith(greeting)).length;
  const [old, young] = [count(firstGreeting), count(secondGreeting)];
  narrator.fact(
    `${answers.length + failures.length} calls meanwhile: ${old} said "${firstGreeting}", ${young} said "${secondGreeting}", ${failures.length} had no answer${failures.length > 0 ? ` (${listed([...new Set(failures)])})` : ''}.`,
  );
}
