import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { SetupError } from './steps.mjs';

/** What is kept of a command's output, to be shown if it fails. */
const keptCharacters = 64 * 1024;
/** @type {readonly NodeJS.Signals[]} */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * @typedef {object} Ended
 * @property {number} exitCode 128 + the signal's number if a signal ended it, as shells say it
 * @property {string} output the end of what it printed; empty if it printed straight to the terminal
 * @property {NodeJS.Signals | undefined} interruptedBy the signal that reached us meanwhile
 */

/**
 * Runs a command to its end. Signals that reach us are handed on to it, and we outlive it, so that what it was doing can be tidied up.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ environment: NodeJS.ProcessEnv, directory?: string, output?: 'shown' | 'kept' }} options
 * @returns {Promise<Ended>}
 */
export function runCommand(command, args, { environment, directory, output: mode = 'kept' }) {
  return new Promise((resolve, reject) => {
    const stdio = /** @type {import('node:child_process').StdioOptions} */ (
      mode === 'shown' ? 'inherit' : ['ignore', 'pipe', 'pipe']
    );
    // Before the spawn: a signal in between would end us and leave the child alone.
    const watch = forwardSignals(() => child);
    const child = spawn(command, args, { env: environment, cwd: directory, stdio });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-keptCharacters);
      });
    }
    child.once('error', (error) => {
      watch.stop();
      reject(new SetupError(`${command} could not be started: ${error.message}`));
    });
    child.once('close', (code, signal) => {
      const interruptedBy = watch.stop();
      resolve({ exitCode: code ?? 128 + constants.signals[signal ?? 'SIGTERM'], output, interruptedBy });
    });
  });
}

/**
 * @param {() => import('node:child_process').ChildProcess} child asked when a signal comes
 * @returns {{ stop: () => NodeJS.Signals | undefined }} `stop` tells the last signal that came
 */
function forwardSignals(child) {
  /** @type {NodeJS.Signals | undefined} */
  let seen;
  const onSignal = (/** @type {NodeJS.Signals} */ signal) => {
    seen = signal;
    // Ctrl-C reaches every process of the terminal's foreground group by itself: handing it on would make it two.
    if (signal !== 'SIGINT' || !inForeground()) deliver(child(), signal);
  };
  for (const signal of forwarded) process.on(signal, onSignal);
  return {
    stop: () => {
      for (const signal of forwarded) process.off(signal, onSignal);
      return seen;
    },
  };
}

/**
 * Keeps signals from ending this process until `release` is called: what it has changed for a while must be changed back.
 * @returns {{ release: () => void }}
 */
export function holdSignals() {
  const ignore = () => undefined;
  for (const signal of forwarded) process.on(signal, ignore);
  return {
    release: () => {
      for (const signal of forwarded) process.off(signal, ignore);
    },
  };
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function deliver(child, signal) {
  try {
    if (child.pid !== undefined) process.kill(child.pid, signal);
  } catch (error) {
    // sudo runs as root, so we may not signal it; and it ignores signals from its own process group, hence the new session.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPERM') return;
    spawn('sudo', ['-n', 'kill', '-s', signal.slice(3), String(child.pid)], {
      stdio: 'ignore',
      detached: true,
    }).on('error', () => undefined);
  }
}

/** Whether our process group is the terminal's foreground one: fields 5 and 8 of /proc/self/stat, counted after the name in brackets. */
function inForeground() {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[2] === fields[5];
  } catch {
    return false;
  }
}

/**
 * Like {@link runCommand}, but anything other than success is an error that shows the end of the output.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ environment: NodeJS.ProcessEnv, directory?: string, output?: 'shown' | 'kept' }} options
 */
export async function mustSucceed(command, args, options) {
  const ended = await runCommand(command, args, options);
  stopIfInterrupted(ended);
  if (ended.exitCode === 0) return;
  throw new SetupError(
    `${excerpt(ended.output)}${command} ${args.join(' ')}\nended with exit code ${ended.exitCode}.`,
  );
}

/** @param {Ended} ended */
export function stopIfInterrupted({ interruptedBy }) {
  if (interruptedBy !== undefined)
    throw new SetupError(`Stopped by ${interruptedBy}.`, 128 + constants.signals[interruptedBy]);
}

/**
 * @param {string} output
 * @returns {string} its beginning and its end: tools name the cause in either
 */
export function excerpt(output) {
  const lines = output.trimEnd().split('\n');
  const shown =
    lines.length > 60
      ? [...lines.slice(0, 30), `[... ${lines.length - 60} lines]`, ...lines.slice(-30)]
      : lines;
  return output.trim() === '' ? '' : `${shown.join('\n')}\n`;
}
