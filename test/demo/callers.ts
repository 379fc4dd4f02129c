import type { Board } from '../boards/board.ts';
import type { DemoPod, Fleet } from './fleet.ts';

/**
 * The answers to so many calls of an address, from inside a pod's container; `nobody` where there was none. All at once: a
 * call of a pod whose board is away waits for seconds.
 */
export async function askFrom(board: Board, pod: DemoPod, url: string, calls: number): Promise<string[]> {
  const script = `i=0; while [ $i -lt ${calls} ]; do (wget -q -O - ${url} 2>/dev/null || echo nobody) & i=$((i+1)); done; wait`;
  const said = await board.podman(['exec', pod.containerId, 'sh', '-c', script]);
  return said.trim().split('\n');
}

/** The pod that an answer such as `Hello from web-5d4-x2x` comes from. */
export function speakerOf(answer: string): string {
  return answer.replace(/^\w+ from /, '');
}

/** Such as `pi-1 4, pi-2 3`: how many answers came from the pods of each board. */
export function perBoard(answers: readonly string[], pods: readonly DemoPod[]): Map<string, number> {
  const boards = new Map(pods.map(({ name, board }) => [name, board]));
  const count = new Map<string, number>();
  for (const answer of answers) {
    const board = boards.get(speakerOf(answer)) ?? 'nobody';
    count.set(board, (count.get(board) ?? 0) + 1);
  }
  return new Map([...count].sort());
}

export function shownCounts(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].map(([board, count]) => `${board} ${count}`);
}

/** A pod on a board, to ask from. @throws Error when none runs there */
export async function podOn(fleet: Fleet, board: Board): Promise<DemoPod> {
  const [pod] = await fleet.podsOn(board);
  if (!pod) throw new Error(`no pod of the Deployment runs on ${board.name}`);
  return pod;
}
