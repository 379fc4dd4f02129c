/**
 * Does one step and prints it with its seconds, like `[ok 0.2 s] npm packages`.
 * @template Result
 * @param {string} name
 * @param {() => Promise<Result> | Result} work a failure is thrown on after the step was printed as failed
 * @param {{ announce?: string, print?: (line: string) => void }} [options] `announce` is printed first, for steps that take long
 * @returns {Promise<Result>}
 */
export async function step(name, work, { announce, print = console.log } = {}) {
  if (announce !== undefined) print(`[...] ${announce}`);
  const startedMs = performance.now();
  const mark = (/** @type {string} */ outcome) =>
    print(`[${outcome} ${((performance.now() - startedMs) / 1000).toFixed(1)} s] ${name}`);
  try {
    const result = await work();
    mark('ok');
    return result;
  } catch (error) {
    mark('failed');
    throw error;
  }
}

/** A reason to stop that a person can act on: printed without a stack. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.name = 'SetupError';
    this.exitCode = exitCode;
  }
}
