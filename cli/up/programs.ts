/**
 * A board has little memory and little to compute: without the compilers' machine code the agent is 10 MB smaller, and byte
 * code that was not run since the last collection of garbage is made anew when needed. It asks for collections itself.
 */
export const agentFlags: readonly string[] = [
  ...['--no-opt', '--no-maglev', '--no-sparkplug'],
  ...['--bytecode-old-age=1', '--expose-gc'],
];

/**
 * It serves the dashboard's TypeScript without its types, which Node does, and warns that this may still change. It collects
 * its garbage once when it has started, as the agent does.
 */
export const controllerFlags: readonly string[] = ['--disable-warning=ExperimentalWarning', '--expose-gc'];
