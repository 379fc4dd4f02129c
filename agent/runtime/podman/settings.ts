import { join, resolve } from 'node:path';
import { instanceName, runDirectory } from '../run-directory.ts';

export interface PodmanPaths {
  /** Value of the label that marks this agent's containers. */
  readonly instance: string;
  /** On disk: images, containers, podman's database, and what was found out about this machine. */
  readonly root: string;
  readonly containersConf: string;
  readonly storageConf: string;
  readonly findings: string;
  readonly graphRoot: string;
  /** Notes of images that are not on the disk yet. */
  readonly arrivals: string;
  /** What containers say of their ends. */
  readonly messages: string;
  /** Gone after a reboot, by which podman notices it. */
  readonly run: string;
  readonly socket: string;
  readonly pidFile: string;
  readonly serviceLog: string;
}

export function podmanPaths(dataDir: string): PodmanPaths {
  const root = join(resolve(dataDir), 'agent', 'podman');
  const run = join(runDirectory(dataDir), 'podman');
  return {
    instance: instanceName(dataDir),
    root,
    containersConf: join(root, 'containers.conf'),
    storageConf: join(root, 'storage.conf'),
    findings: join(root, 'findings.json'),
    graphRoot: join(root, 'storage'),
    arrivals: join(root, 'arrivals'),
    messages: join(root, 'messages'),
    run,
    socket: join(run, 'podman.sock'),
    pidFile: join(run, 'service.pid'),
    serviceLog: join(run, 'service.log'),
  };
}

/** What this process may at most hand down to containers; without CAP_SYS_RESOURCE more is refused. */
export interface HardLimits {
  readonly openFiles: number;
  readonly processes: number;
}

export interface Settings {
  readonly ociRuntime: string;
  readonly systemd: boolean;
  readonly hardLimits: HardLimits;
  /** Images that the machine's own podman has, read-only. */
  readonly sharedImageStore: string | undefined;
}

/** A container's log begins anew at this size, so that a talkative container never fills the card. */
const logBytes = 10_485_760;

/** The capabilities that containerd, and so nearly every Kubernetes, gives by default. */
const defaultCapabilities = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

const list = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;

export function containersConf(paths: PodmanPaths, settings: Settings): string {
  const { openFiles, processes } = settings.hardLimits;
  return `# Written by Bramble's agent at each start; the machine's own podman does not read it.
[containers]
default_ulimits = ${list([`nofile=${openFiles}:${openFiles}`, `nproc=${processes}:${processes}`])}
default_capabilities = ${list(defaultCapabilities)}
default_sysctls = []
http_proxy = false
init = false
log_driver = "k8s-file"
log_size_max = ${logBytes}
pids_limit = 2048

[network]
network_config_dir = ${JSON.stringify(join(paths.root, 'networks'))}

[engine]
runtime = ${JSON.stringify(settings.ociRuntime)}
cgroup_manager = "${settings.systemd ? 'systemd' : 'cgroupfs'}"
events_logger = "file"
lock_type = "file"
tmp_dir = ${JSON.stringify(join(paths.run, 'libpod'))}
# podman's clean-up process is given the graph root alone and derives these two from it: they must agree.
static_dir = ${JSON.stringify(join(paths.graphRoot, 'libpod'))}
volume_path = ${JSON.stringify(join(paths.graphRoot, 'volumes'))}
`;
}

export function storageConf(paths: PodmanPaths, settings: Pick<Settings, 'sharedImageStore'>): string {
  const shared = settings.sharedImageStore === undefined ? [] : [settings.sharedImageStore];
  return `# Written by Bramble's agent at each start; the machine's own podman does not read it.
[storage]
driver = "overlay"
graphroot = ${JSON.stringify(paths.graphRoot)}
runroot = ${JSON.stringify(join(paths.run, 'storage'))}

[storage.options]
additionalimagestores = ${list(shared)}
`;
}

/**
 * Reads the hard limits from the text of /proc/self/limits. podman caps the number of processes at `pidMax` by itself.
 */
export function hardLimits(procLimits: string, pidMax: number): HardLimits {
  const hard = (name: string, ceiling: number) => {
    const found = new RegExp(`^${name}\\s+\\S+\\s+(\\d+)`, 'm').exec(procLimits)?.[1];
    return found === undefined ? ceiling : Math.min(Number(found), ceiling);
  };
  return { openFiles: hard('Max open files', 1_048_576), processes: hard('Max processes', pidMax) };
}
