import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The launcher's folder. */
export const setupFolder = resolve(import.meta.dirname, '../../setup');

/** What the tests use of the launcher, which is plain JavaScript and so has no types of its own here. */
export interface Launcher {
  refuseNode(version: string): string;
  refuseMachine(machine: { platform: string; architecture: string; root: string }): string[];
  readRelease(text: string): { name: string; usesApt: boolean };
  parseArguments(argv: readonly string[], environment: NodeJS.ProcessEnv): Options;
  testsNeedMachine(filters: readonly string[]): boolean;
  isStatic(path: string): boolean;
  isLocked(output: string): boolean;
  excerpt(output: string): string;
  compareModules(wanted: LockedPackages, installed: LockedPackages, options: CompareOptions): ModulesState;
  installArguments(state: ModulesState, withDev: boolean): string[];
  withoutStartingServices<Result>(policyFile: string, work: () => Promise<Result>): Promise<Result>;
  withoutEnablingUnits<Result>(machine: SystemdMachine, work: () => Promise<Result>): Promise<Result>;
}

export interface Options {
  readonly noInstall: boolean;
  readonly controllerOnly: boolean;
  readonly passedOn: readonly string[];
}

export type LockedPackages = Record<string, LockedPackage>;

export interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: string | string[];
  readonly cpu?: string | string[];
  readonly libc?: string | string[];
}

export interface CompareOptions {
  readonly architecture: string;
  readonly withDev: boolean;
  readonly exists: (path: string) => boolean;
}

export interface ModulesState {
  readonly missing: string[];
  readonly productionComplete: boolean;
  readonly hasDev: boolean;
}

export interface SystemdMachine {
  readonly usesSystemd: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

const parts = ['node-version', 'machine', 'arguments', 'packages', 'apt', 'command', 'npm', 'services'];

export async function loadLauncher(): Promise<Launcher> {
  const modules = await Promise.all(
    parts.map((part) => import(pathToFileURL(`${setupFolder}/${part}.mjs`).href)),
  );
  return Object.assign({}, ...modules);
}
