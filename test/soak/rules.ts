import { boardNames } from './fleet.ts';
import type { Rule } from './verdict.ts';

/** Five minutes of samples, so that a whole collection is among them: the lowest is what is held. */
const window = 30;

const flat = (name: string, mostPerHour: number, share: number, lowestOf = 1): Rule => ({
  kind: 'flat',
  name,
  mostPerHour,
  share,
  window: lowestOf,
});
const below = (name: string, most: number): Rule => ({ kind: 'below', name, most });
const back = (name: string, mostAbove: number): Rule => ({ kind: 'back', name, mostAbove });

/** Boards whose agent is one process from the beginning to the end; `pi-3` leaves and joins anew. */
export const stayingBoards = boardNames.slice(0, 2);

/**
 * What "flat" means. Bounds are a tenth of what there is in an hour, and never less than what the collector's own moods
 * move: a leak of one small object a second in a controller would be above it within the day, and is told by its slope.
 */
export const rules: readonly Rule[] = [
  // What V8 leaves lying between two collections grows with what comes and goes; whether it is held shows at the end.
  flat('controller anon MiB', 6, 0.2),
  // The window of events from which watches resume is full then, and was empty.
  back('controller anon MiB', 24),
  flat('controller heap MiB', 3, 0.06, window),
  flat('broker heap MiB', 2, 0.06, window),
  flat('controller fds', 4, 0.1),
  flat('controller threads', 1, 0),
  below('store MiB', 32),
  ...stayingBoards.flatMap((name) => [
    flat(`${name} agent anon MiB`, 3, 0.1),
    // Podman's service keeps some 15 KB of every pod that it ever had, and the hour has four hundred for each board.
    flat(`${name} podman anon MiB`, 8, 0.15),
    // Its connections to podman are eight at most, and as many as were ever needed at once.
    flat(`${name} agent fds`, 8, 0.1),
    below(`${name} journal MiB`, 8),
  ]),
  back('controller fds', 4),
  back('controller threads', 1),
  back('broker connections', 0),
  back('broker subscriptions', 0),
  back('broker retained', 2),
  back('broker waiting MiB', 0.1),
  ...stayingBoards.flatMap((name) => [back(`${name} agent fds`, 8), back(`${name} agent threads`, 1)]),
];
