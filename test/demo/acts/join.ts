import type { Board } from '../../boards/board.ts';
import { keepaliveSeconds } from '../fleet.ts';
import { secondsSince } from '../narrator.ts';
import { nodeIs, type Show } from '../show.ts';

const flags = ['--mqtt-keepalive', `${keepaliveSeconds}s`];

/** The boards join with one token, all at once. */
export async function joinBoards(show: Show): Promise<void> {
  const { narrator, fleet } = show;
  narrator.title('1. Three boards join');
  narrator.say(
    `Each board is switched on with nothing but the address of the controller and a token. It makes its keys, joins over one outbound HTTPS request, and from then on keeps one outbound MQTT connection. Its keepalive is set to ${keepaliveSeconds} s here, for the sake of act 5; unless told otherwise it is 30 s.`,
  );
  narrator.command('bramble token create --uses 3');
  narrator.command(`bramble join ${fleet.url} bramble1.… ${flags.join(' ')}    (on each board)`);
  const token = (await fleet.bramble.bramble('token create --uses 3')).trim();
  const startedMs = performance.now();
  await Promise.all(fleet.boards.all.map((board) => joinOne(show, board, token, startedMs)));
}

async function joinOne(show: Show, board: Board, token: string, startedMs: number): Promise<void> {
  await board.join(show.fleet.url, token, flags);
  await nodeIs(show, board.name, 'True');
  show.narrator.fact(`${board.name} at ${board.address} is Ready after ${secondsSince(startedMs)}.`);
}
