import type { Service } from '@bramble/protocol/schema/types.generated.ts';
import { askFrom, perBoard, podOn, shownCounts, speakerOf } from '../callers.ts';
import { listed, secondsSince } from '../narrator.ts';
import { serviceYaml } from '../objects.ts';
import { type Show, until } from '../show.ts';
import { askOnce } from '../traffic.ts';

export const calls = 24;

/** A Service in front of the pods: by its name from a pod, and at a port of a board from outside. */
export async function serve(show: Show): Promise<void> {
  const { narrator, fleet } = show;
  const board = fleet.boards.get('pi-1');
  narrator.title('3. A Service in front of them');
  narrator.say(
    `The Service "web" gets a name and an address, which every board serves in its own kernel. A pod on ${board.name} asks http://web ${calls} times; for each call a pod is drawn by chance, whichever board it is on.`,
  );
  narrator.command('bramble apply -f service.yaml');
  const startedMs = performance.now();
  await fleet.apply('service.yaml', serviceYaml);
  const caller = await podOn(fleet, board);
  await until(show, 'http://web to answer', async () =>
    (await askFrom(board, caller, 'http://web', 1))[0] === 'nobody' ? undefined : true,
  );
  narrator.fact(`http://web answers ${secondsSince(startedMs)} after the command was typed.`);
  const answers = await askFrom(board, caller, 'http://web', calls);
  const counts = perBoard(answers, await fleet.pods());
  const pods = new Set(answers.map(speakerOf)).size;
  narrator.fact(`${calls} calls were answered by ${pods} pods: ${listed(shownCounts(counts))}.`);
  if (counts.has('nobody')) throw new Error(`calls of http://web stayed without an answer: ${answers}`);
  await fromOutside(show);
}

/** The node port leads in at any board. */
async function fromOutside(show: Show): Promise<void> {
  const url = await nodePortUrl(show);
  const answer = await until(show, `${url} to answer`, () => askOnce(url).catch(() => undefined));
  show.narrator.fact(`From outside, at a port of pi-1, ${url} says "${answer}".`);
}

export async function nodePortUrl({ fleet }: Show): Promise<string> {
  const service = await fleet.api.get<Service>('/api/v1/namespaces/default/services/web');
  return `http://${fleet.boards.get('pi-1').address}:${service.spec?.ports?.[0]?.nodePort}`;
}
