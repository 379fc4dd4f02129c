import { nodeBecomes } from '../../boards/node-ready.ts';
import type { Fleet } from '../fleet.ts';
import type { Pace } from './pace.ts';

const cutOffMs = 60_000;

/** One board is cut off and comes back; one leaves the fleet, and joins it anew with nothing of what it was. */
export function churnBoards(pace: Pace, fleet: Fleet): void {
  pace.every(120_000, 'a board cut off, and back', async () => {
    const board = fleet.boards.get('pi-2');
    await board.cutOff();
    await pace.rest(cutOffMs);
    await board.plugIn();
    await nodeBecomes(fleet.bramble, 'pi-2', 'True', 120_000);
  });
  pace.every(180_000, 'a board left, and joined anew', async () => {
    const board = fleet.boards.get('pi-3');
    // After a turn that did not come to its end, on a machine that is too busy, there may be neither.
    await fleet.api.call('DELETE', '/bramble/v1/boards/pi-3', undefined, [404]);
    await board.stopAgent().catch(() => {});
    const { code, stderr } = await board.bramble(['reset', '--yes', '--data-dir', board.dataDir]);
    if (code !== 0) throw new Error(`reset on pi-3: ${stderr}`);
    await fleet.join(board);
    await nodeBecomes(fleet.bramble, 'pi-3', 'True', 120_000);
  });
}
