import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

/** The program of a workspace, run as a process of its own. */
export function mainOf(workspace: 'controller' | 'agent'): string {
  return join(projectRoot, workspace, 'main.ts');
}

/**
 * A board has little memory and little to compute: without the optimizing compilers' code the agent is 7 MB smaller. It
 * collects its garbage once when it has started.
 */
export const agentFlags: readonly string[] = ['--no-opt', '--no-maglev', '--expose-gc'];

/** It serves the dashboard's TypeScript without its types, which Node does, and warns that this may still change. */
export const controllerFlags: readonly string[] = ['--disable-warning=ExperimentalWarning'];
