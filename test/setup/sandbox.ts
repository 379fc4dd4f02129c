import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setupFolder } from './launcher.ts';

/** How one run of the launcher ended. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly userId?: number;
  /** Called at each piece of standard output, with what came so far. */
  readonly onOutput?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void;
}

const packages = {
  'node_modules/zod': { version: '4.0.0' },
  [`node_modules/node-linux-${process.arch}`]: {
    version: '24.99.0',
    optional: true,
    os: 'linux',
    cpu: process.arch,
  },
  'node_modules/typescript': { version: '7.0.0', dev: true },
};

/**
 * A machine and a checkout in one folder: the real launcher, and stand-ins for npm, apt-get, sudo, systemctl and the pinned Node, which write
 * down each call and do a little of what the real ones do. Nothing outside the folder is in PATH.
 */
export class Sandbox {
  readonly folder: string;

  constructor(context: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), 'bramble-setup-'));
    context.after(() => rmSync(this.folder, { recursive: true, force: true }));
    this.#makeProject();
    this.#makeMachine();
  }

  path(relative: string): string {
    return join(this.folder, relative);
  }

  /** Calls of the stand-ins so far, one a line: the name and its arguments, without the folder's own path. */
  calls(): string[] {
    if (!existsSync(this.path('calls'))) return [];
    return readFileSync(this.path('calls'), 'utf8').trimEnd().replaceAll(this.folder, '').split('\n');
  }

  forgetCalls(): void {
    rmSync(this.path('calls'), { force: true });
  }

  /** Every file of project and machine, to see whether something was changed. */
  files(): string[] {
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).sort();
  }

  /** Puts a command into PATH that records its call and then does what the shell script says. */
  addCommand(name: string, script: string, folder = 'bin'): void {
    mkdirSync(this.path(folder), { recursive: true });
    const file = join(this.path(folder), name);
    writeFileSync(file, `#!/bin/sh\nHERE='${this.folder}'\necho "${name} $*" >> "$HERE/calls"\n${script}\n`);
    chmodSync(file, 0o755);
  }

  async launch(
    goal: 'start' | 'join' | 'demo' | 'test' | 'check',
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<Outcome> {
    const surroundings = {
      root: this.folder,
      systemDirectories: [],
      policyFile: this.path('policy-rc.d'),
      userId: options.userId ?? 0,
      interactive: false,
    };
    const input = JSON.stringify({ goal, args, surroundings });
    const child = spawn(process.execPath, [this.path('launch.mjs'), input], {
      env: { PATH: `${this.path('project/node_modules/.bin')}:${this.path('bin')}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      options.onOutput?.(stdout, (signal) => child.kill(signal));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const exitCode = await new Promise<number | null>((resolve, reject) =>
      child.once('close', resolve).once('error', reject),
    );
    return {
      exitCode,
      stdout: stdout.replaceAll(this.folder, ''),
      stderr: stderr.replaceAll(this.folder, ''),
    };
  }

  #makeProject(): void {
    cpSync(setupFolder, this.path('project/setup'), { recursive: true });
    writeFileSync(this.path('project/package-lock.json'), JSON.stringify({ packages }));
    const launcher = this.path('project/setup');
    writeFileSync(
      this.path('launch.mjs'),
      `import { launch } from '${launcher}/launch.mjs';
import { realSurroundings } from '${launcher}/surroundings.mjs';
const { goal, args, surroundings } = JSON.parse(process.argv[2]);
process.exitCode = await launch(goal, args, { ...realSurroundings(), ...surroundings });
`,
    );
    this.#makeModules();
  }

  /** Two sets of modules, with and without dev ones, which the npm stand-in copies. */
  #makeModules(): void {
    for (const [set, withDev] of [
      ['modules-production', false],
      ['modules-dev', true],
    ] as const) {
      const chosen = Object.entries(packages).filter(([, entry]) => withDev || !('dev' in entry));
      for (const [path, { version }] of chosen) {
        mkdirSync(this.path(`${set}/${path}`), { recursive: true });
        writeFileSync(this.path(`${set}/${path}/package.json`), JSON.stringify({ version }));
      }
      writeFileSync(
        this.path(`${set}/node_modules/.package-lock.json`),
        JSON.stringify({ packages: Object.fromEntries(chosen) }),
      );
      this.addCommand(
        'node',
        '[ -x "$HERE/program" ] && exec "$HERE/program"\nexit 0',
        `${set}/node_modules/node-linux-${process.arch}/bin`,
      );
    }
  }

  #makeMachine(): void {
    for (const loader of ['lib64/ld-linux-x86-64.so.2', 'lib/ld-linux-aarch64.so.1']) {
      mkdirSync(this.path(loader), { recursive: true });
    }
    mkdirSync(this.path('etc'));
    writeFileSync(
      this.path('etc/os-release'),
      'PRETTY_NAME="Raspberry Pi OS"\nID=raspbian\nID_LIKE=debian\n',
    );
    const copy =
      'case "$*" in *--include=dev*) SET=dev;; *) SET=production;; esac\n/bin/cp -r "$HERE/modules-$SET/." "$HERE/project/"';
    this.addCommand('npm', copy);
    this.addCommand('systemctl', ':');
    writeFileSync(this.path('static-program'), staticProgram());
    this.addCommand('apt-get', aptScript);
    this.addCommand('dpkg', dpkgScript);
  }

  allowSudo(): void {
    this.addCommand(
      'sudo',
      '[ "$1" = -n ] && shift\n[ "$1" = env ] && shift && exec /usr/bin/env "$@"\n[ "$1" = true ]',
    );
  }
}

/** On `install` it makes what proves the packages, and writes down what a maintainer script would see. */
const aptScript = `
[ "$1" = download ] && { : > busybox-static_1.deb; exit 0; }
[ "$1" = install ] || exit 0
echo "seen DEBIAN_FRONTEND=$DEBIAN_FRONTEND" >> "$HERE/calls"
[ -x "$HERE/policy-rc.d" ] && { /bin/sh "$HERE/policy-rc.d"; echo "seen policy $?" >> "$HERE/calls"; }
PROGRAMS="podman runc crun ip nft mosquitto mosquitto_pub chromium curl git mcopy xz debugfs mkfs.vfat sfdisk"
for NAME in $PROGRAMS; do : > "$HERE/bin/$NAME"; done
/bin/mkdir -p "$HERE/etc/ssl/certs"; : > "$HERE/etc/ssl/certs/ca-certificates.crt"
PAHO="$HERE/usr/lib/python3/dist-packages/paho/mqtt"
/bin/mkdir -p "$PAHO"; : > "$PAHO/client.py"`;

/** `dpkg -x FILE FOLDER` */
const dpkgScript = `/bin/mkdir -p "$3/bin" && /bin/cp "$HERE/static-program" "$3/bin/busybox"`;

/** The header of a 64-bit ELF file without any segment: nothing that it would be linked to. */
function staticProgram(): Uint8Array {
  const header = Buffer.alloc(64);
  header.write('\u007fELF', 'latin1');
  header.writeUInt16LE(56, 54);
  return header;
}
