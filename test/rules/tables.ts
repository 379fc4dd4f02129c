/** Which workspaces' modules a workspace may import, and which npm packages its files may name. */
export interface ImportRule {
  readonly workspaces: readonly string[];
  /** Single modules of further workspaces. */
  readonly modules?: readonly string[];
  readonly packages: readonly string[];
}

/** Who may import whom. Files under test/ may import anything and are not in this table. */
export const importRules: Readonly<Record<string, ImportRule>> = {
  actors: { workspaces: [], packages: [] },
  protocol: { workspaces: [], packages: ['zod', 'yaml'] },
  adapters: {
    workspaces: ['actors', 'protocol'],
    packages: ['esbuild', 'pino-std-serializers', 'ws', '@peculiar/x509', 'reflect-metadata'],
  },
  controller: {
    workspaces: ['actors', 'protocol', 'adapters'],
    packages: ['aedes', 'level', 'mqtt-packet', '@peculiar/x509', 'reflect-metadata', 'yaml'],
  },
  agent: {
    workspaces: ['actors', 'protocol', 'adapters'],
    packages: ['systeminformation', '@peculiar/x509', 'reflect-metadata'],
  },
  cli: {
    workspaces: ['protocol', 'adapters', 'firmware-scripts'],
    modules: ['@bramble/controller/main.ts', '@bramble/agent/main.ts'],
    packages: ['commander', 'fflate', 'yaml'],
  },
  dashboard: { workspaces: ['protocol'], packages: ['lit-html', 'mqtt', 'yaml'] },
  'firmware-scripts': { workspaces: ['protocol'], packages: ['execa'] },
};

/** Packages that unit tests, and what only tests use, may import as well. */
export const testPackages: readonly string[] = ['fast-check', 'xstate'];

/** Libraries behind a port: each is imported from one folder only, so that one adapter can be put in its place. */
export const oneHomePackages: readonly string[] = [
  'aedes',
  'esbuild',
  'execa',
  'level',
  'mqtt',
  'pino-std-serializers',
  'systeminformation',
  'ws',
];

/** Libraries that one module hands on, so that all use it alike: in the flavour and with what is set there. */
export const oneModulePackages: Readonly<Record<string, string>> = { zod: 'protocol/zod.ts' };

/** Adapters over a program instead of an npm package, wherever in a workspace they are. */
export const programAdapters: readonly string[] = ['agent/runtime/podman', 'agent/runtime/containerd'];

/** Folders whose files stand at the edge: they may ask the operating system for time, chance and environment. */
export const edgeFolders: readonly string[] = [
  'adapters',
  'cli',
  'dashboard',
  'firmware-scripts',
  'setup',
  'test',
];
