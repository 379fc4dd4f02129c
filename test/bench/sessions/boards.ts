import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { BoardsState, BoardsTask } from './boards-messages.ts';

const entry = new URL('./boards-main.ts', import.meta.url);

/** Boards in processes of their own, so that their work is told apart from what is measured. */
export class Boards {
  readonly #children: readonly ChildProcess[];

  /** They dial at once. */
  constructor(task: BoardsTask, processes: number) {
    const share = Math.ceil((task.to - task.from) / processes);
    this.#children = Array.from({ length: processes }, (_, index) => {
      const from = task.from + index * share;
      const part: BoardsTask = { ...task, from, to: Math.min(task.to, from + share) };
      return fork(entry, [JSON.stringify(part)], {
        // A session takes about 100 KB here, most of it outside of this heap.
        execArgv: ['--max-old-space-size=4096'],
      });
    });
  }

  async state(): Promise<BoardsState> {
    const all = await Promise.all(this.#children.map(ask));
    const sum = (of: (state: BoardsState) => number): number =>
      all.reduce((total, state) => total + of(state), 0);
    const bound: Record<string, number> = {};
    for (const state of all)
      for (const [epoch, count] of Object.entries(state.bound)) bound[epoch] = (bound[epoch] ?? 0) + count;
    return {
      bound,
      connected: sum(({ connected }) => connected),
      dialled: sum(({ dialled }) => dialled),
      receivedBytes: sum(({ receivedBytes }) => receivedBytes),
      sentBytes: sum(({ sentBytes }) => sentBytes),
      cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
      residentMebibytes: sum(({ residentMebibytes }) => residentMebibytes),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }),
    );
  }
}

/** Answers come in the order of the questions, and one is asked at a time. */
async function ask(child: ChildProcess): Promise<BoardsState> {
  const given = new AbortController();
  const { signal } = given;
  const answer = once(child, 'message', { signal });
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`the boards ended with ${code}`);
  });
  child.send('state');
  try {
    const [state] = (await Promise.race([answer, ended])) as [BoardsState];
    return state;
  } finally {
    answer.catch(() => {});
    ended.catch(() => {});
    given.abort();
  }
}
