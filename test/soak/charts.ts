import { boardNames } from './fleet.ts';
import type { Chart, Mark, Series } from './plot.ts';
import type { Sample } from './sample.ts';
import { pointsOf } from './verdict.ts';

/** What docs/images/soak.svg shows: everything that may grow, in the order of who holds it. */
export function charts(samples: readonly Sample[]): Chart[] {
  const one = (name: string, label: string): Series => ({ label, points: pointsOf(samples, name) });
  return [
    {
      title: 'Controller process, MiB',
      series: [
        one('controller rss MiB', 'resident'),
        one('controller anon MiB', 'anonymous'),
        one('controller heap MiB', 'heap of the controller'),
        one('broker heap MiB', 'heap of the broker'),
      ],
    },
    {
      title: 'Agents and their podman services, anonymous MiB',
      series: boardNames.flatMap((name) => [
        one(`${name} agent anon MiB`, `agent ${name}`),
        one(`${name} podman anon MiB`, `podman ${name}`),
      ]),
    },
    {
      title: 'Open files',
      series: [
        one('controller fds', 'controller'),
        ...boardNames.map((name) => one(`${name} agent fds`, `agent ${name}`)),
      ],
    },
    {
      title: 'Broker',
      series: [
        one('broker connections', 'connections'),
        one('broker subscriptions', 'subscriptions'),
        one('broker retained', 'retained messages'),
      ],
    },
    {
      title: 'On disk, MiB',
      series: [
        one('store MiB', 'store'),
        ...boardNames.map((name) => one(`${name} journal MiB`, `journal ${name}`)),
      ],
    },
  ];
}

/** Where judging begins, and where everything was deleted. */
export function marks(samples: readonly Sample[]): Mark[] {
  const first = (phase: Sample['phase'], label: string): Mark[] => {
    const found = samples.find((sample) => sample.phase === phase);
    return found ? [{ at: found.minute, label }] : [];
  };
  return [...first('churn', 'judged from here'), ...first('after', 'all deleted')];
}
