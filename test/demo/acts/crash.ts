import { podOn } from '../callers.ts';
import { secondsSince } from '../narrator.ts';
import { type Show, until } from '../show.ts';

/** A pod's process dies, and its board starts it again. */
export async function crash(show: Show): Promise<void> {
  const { narrator, fleet } = show;
  const board = fleet.boards.get('pi-2');
  const victim = await podOn(fleet, board);
  narrator.title('4. A process crashes');
  narrator.say(
    `The process of ${victim.name} on ${board.name} is killed. Its board notices by itself and starts it again; the pod keeps its address.`,
  );
  const pid = (await board.podman(['inspect', '--format', '{{.State.Pid}}', victim.containerId])).trim();
  narrator.command(`kill -9 ${pid}    (on ${board.name})`);
  const startedMs = performance.now();
  await board.succeed('kill', ['-9', pid]);
  const back = await until(show, `${victim.name} to be started again`, async () => {
    const pod = (await fleet.pods()).find(({ name }) => name === victim.name);
    return pod?.ready && pod.restarts > victim.restarts ? pod : undefined;
  });
  const sameAddress = back.address === victim.address ? 'the same address' : 'ANOTHER address';
  narrator.fact(
    `${back.name} is ready again after ${secondsSince(startedMs)}, at ${sameAddress} ${back.address}; restarts: ${back.restarts}.`,
  );
}
