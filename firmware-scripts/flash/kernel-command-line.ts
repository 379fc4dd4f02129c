/** A Raspberry Pi's kernel leaves memory cgroups off unless it is told; without them no memory limit holds. */
const memoryCgroups = ['cgroup_enable=memory', 'cgroup_memory=1'];
/** As systemd-run-generator(8) reads them; the parts that are the same on every card. */
const runParameters = [
  'systemd.run',
  'systemd.run_success_action',
  'systemd.run_failure_action',
  'systemd.unit',
];

export interface CommandLineChanges {
  /** Path, on the board, of a program that systemd runs at the next boot instead of starting the system. */
  readonly runOnce?: string | undefined;
  /** Two letters: which radio channels may be used. */
  readonly wifiCountry?: string | undefined;
}

/** The text of cmdline.txt with what a board needs. One line, whatever it was: the firmware reads no second one. */
export function editCommandLine(text: string, { runOnce, wifiCountry }: CommandLineChanges): string {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const kept = words
    .filter((word) => !memoryCgroups.includes(word) && word !== 'cgroup_disable=memory')
    .filter((word) => runOnce === undefined || !isOf(word, runParameters))
    .filter((word) => wifiCountry === undefined || !isOf(word, ['cfg80211.ieee80211_regdom']));
  const added = [
    ...memoryCgroups,
    ...(wifiCountry === undefined ? [] : [`cfg80211.ieee80211_regdom=${wifiCountry}`]),
    // Last, so that taking them away is easy for whoever looks at the file.
    ...(runOnce === undefined
      ? []
      : [
          `systemd.run=${runOnce}`,
          'systemd.run_success_action=reboot',
          'systemd.run_failure_action=reboot',
          'systemd.unit=kernel-command-line.target',
        ]),
  ];
  return `${[...kept, ...added].join(' ')}\n`;
}

const isOf = (word: string, names: readonly string[]): boolean => names.includes(word.split('=', 1)[0] ?? '');
