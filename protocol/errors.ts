/** An error of Bramble's own: what it means and what a person does about it. */
export interface ErrorMeaning {
  readonly meaning: string;
  readonly cure: string;
}

/** All error codes in one table; `docs/reference/errors.md` is generated from it. */
export const errors = {
  BRAMBLE_PORT_IN_USE: {
    meaning: 'Another process listens on a port that Bramble needs.',
    cure: 'Stop that process, or choose another port with the flag that the message names.',
  },
  BRAMBLE_STORE_CORRUPT: {
    meaning: 'The database cannot be read, or holds what no version of Bramble wrote.',
    cure: 'Run `bramble restore FILE` with your newest backup, or start with `--new-store` to begin anew.',
  },
  BRAMBLE_STORE_NEWER: {
    meaning: 'The database was written by a newer version of Bramble.',
    cure: 'Start that version again, or restore a backup made by this one.',
  },
  BRAMBLE_STORE_LOCKED: {
    meaning: 'Another controller has the database open.',
    cure: 'Stop it, or give this one another `--data-dir`.',
  },
  BRAMBLE_STORE_FULL: {
    meaning: 'The disk that holds the database is full: nothing more can be written.',
    cure: 'Free some space; Bramble goes on by itself.',
  },
  BRAMBLE_STORE_EXISTS: {
    meaning: 'There is a database already where a backup should be restored to.',
    cure: 'Restore to another `--data-dir`, or add `--replace`: the old database is kept beside the new one.',
  },
  BRAMBLE_BACKUP_UNUSABLE: {
    meaning: 'The file is no backup that this version can restore: damaged, cut short, or something else.',
    cure: 'Take another backup; nothing was changed.',
  },
  BRAMBLE_NO_RUNTIME: {
    meaning: 'Neither runc nor crun could run a container on this machine.',
    cure: 'Read the runtime’s own words below the message; on Debian, `apt-get install podman runc` usually helps.',
  },
  BRAMBLE_NOT_ROOT: {
    meaning: 'An agent makes network namespaces and containers, which needs root.',
    cure: 'Start it with sudo, or run the controller alone with `--controller-only`.',
  },
  BRAMBLE_AGENT_RUNNING: {
    meaning: 'Another agent runs with the same data directory.',
    cure: 'Stop it, or give this one another `--data-dir`, `--bridge` and `--cluster-cidr`.',
  },
  BRAMBLE_NETWORK_IN_USE: {
    meaning: 'The network bridge, or the addresses of pods or Services, are somebody else’s on this machine.',
    cure: 'Choose others with the flags that the message names. Each Bramble on a machine needs its own.',
  },
  BRAMBLE_LEFTOVERS: {
    meaning: 'Containers of an earlier Bramble still run here, and nobody knows them any more.',
    cure: 'Run `bramble reset`, as the message says; nothing was changed so far.',
  },
  BRAMBLE_STILL_RUNNING: {
    meaning: 'Bramble runs with the data directory that is to be removed.',
    cure: 'Stop it first: Ctrl-C, or `systemctl stop` where systemd runs it.',
  },
  BRAMBLE_NOT_JOINED: {
    meaning: 'This board has joined no controller yet, and was not told which.',
    cure: 'Run `bramble join URL TOKEN`, or start the agent with `--controller URL --join-token-file FILE`.',
  },
  BRAMBLE_JOIN_REFUSED: {
    meaning: 'The controller did not accept the join token.',
    cure: 'Make a new one with `bramble token create`, and use it before it expires.',
  },
  BRAMBLE_CONTROLLER_UNREACHABLE: {
    meaning: 'No controller could be asked at that address.',
    cure: 'Check that `bramble up` runs there, the address and port (6443 unless it was given another), and that no firewall is between; then run the same command again.',
  },
  BRAMBLE_WRONG_CONTROLLER: {
    meaning: 'What answers there is not the controller that made the join token; nothing was sent to it.',
    cure: 'Check the address. If that is right, make a token there with `bramble token create`.',
  },
  BRAMBLE_CLOCK_WRONG: {
    meaning: 'By this board’s clock the controller’s certificate is not valid.',
    cure: 'Set the clock (`timedatectl set-ntp true`, or `date -s`), then run the same command again.',
  },
  BRAMBLE_NODE_NAME_TAKEN: {
    meaning: 'Another machine has joined the fleet under this name.',
    cure: 'Choose another with `--node NAME`. If that machine is gone for good, `bramble board remove NAME` frees its name.',
  },
  BRAMBLE_IDENTITY_CLONED: {
    meaning:
      'The data directory is a copy from another machine, which goes on being that board: nothing was started.',
    cure: 'To make this machine a board of its own, run `bramble reset`, then `bramble join` with a token and a name of its own.',
  },
  BRAMBLE_TRUST_CORRUPT: {
    meaning: 'A file with keys, certificates, users or join tokens cannot be read.',
    cure: 'Put the file back from a backup. Without one: move it away; then what it held must be made, or joined, anew.',
  },
  BRAMBLE_BAD_USER: {
    meaning: 'A user cannot be made, changed or removed as asked.',
    cure: 'Names are 1–63 of a–z, 0–9, `.`, `_`, `-`, and belong to one user each; see `bramble user list`.',
  },
  BRAMBLE_BAD_MESSAGE: {
    meaning: 'A message does not have the form that its topic demands.',
    cure: 'Compare it with docs/reference/mqtt.md; the message is dropped and counted.',
  },
  BRAMBLE_BAD_SIGNATURE: {
    meaning: 'An order was not signed by the controller that this board belongs to.',
    cure: 'If you moved the board to another fleet, join it there anew. Otherwise somebody is forging orders.',
  },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof errors;

/** Thrown where a person can do something about it; the message says what and where. */
export class BrambleError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'BrambleError';
    this.code = code;
  }

  /** For a terminal: what it means, what and where, and what to do. */
  get explanation(): string {
    const { meaning, cure } = errors[this.code];
    return `${meaning}\n  ${this.message}\n${cure}`;
  }
}
