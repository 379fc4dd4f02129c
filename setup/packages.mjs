import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand } from './surroundings.mjs';

/** @typedef {import('./surroundings.mjs').Surroundings} Surroundings */

/**
 * @typedef {object} DebianPackage
 * @property {string} name
 * @property {'start' | 'test'} neededFor what `start` needs, `test` needs as well
 * @property {string} why
 * @property {string} [command] proves by being found that the package, or a build of the same thing, is here
 * @property {string} [file] proves it likewise, relative to the file system's root
 * @property {string[]} [unpacked] programs, relative to the file system's root, one of which proves it if it needs no shared library; the
 *   package is never installed, only unpacked into {@link unpackedFolder}
 */

/** Where packages that must not be installed are unpacked, each in a folder of its name, relative to the file system's root. */
export const unpackedFolder = 'var/cache/bramble';

/**
 * The machine's packages, one a line. The files themselves are looked for, not dpkg's word: what somebody built by hand counts too.
 * Both OCI runtimes are there since the agent takes the one that can run a container on this kernel.
 * @type {readonly DebianPackage[]}
 */
export const debianPackages = [
  { name: 'podman', neededFor: 'start', command: 'podman', why: 'runs the containers' },
  { name: 'runc', neededFor: 'start', command: 'runc', why: 'an OCI runtime' },
  { name: 'crun', neededFor: 'start', command: 'crun', why: 'another OCI runtime, where runc does not work' },
  { name: 'iproute2', neededFor: 'start', command: 'ip', why: "makes the pods' network" },
  { name: 'nftables', neededFor: 'start', command: 'nft', why: 'Service addresses' },
  {
    // To install it would remove the package busybox, which an initramfs may be built with. The agent looks at the same places.
    name: 'busybox-static',
    neededFor: 'start',
    unpacked: [
      'bin/busybox',
      'usr/bin/busybox',
      `${unpackedFolder}/busybox-static/bin/busybox`,
      `${unpackedFolder}/busybox-static/usr/bin/busybox`,
    ],
    why: 'the hello image is made of it',
  },
  {
    name: 'ca-certificates',
    neededFor: 'start',
    file: 'etc/ssl/certs/ca-certificates.crt',
    why: 'pulling images',
  },
  { name: 'curl', neededFor: 'start', command: 'curl', why: "README's commands use it" },
  {
    name: 'mosquitto-clients',
    neededFor: 'start',
    command: 'mosquitto_pub',
    why: "README's commands use them",
  },
  { name: 'mtools', neededFor: 'start', command: 'mcopy', why: '`bramble flash` writes to FAT with it' },
  { name: 'xz-utils', neededFor: 'start', command: 'xz', why: '`bramble flash` unpacks images with it' },
  {
    name: 'e2fsprogs',
    neededFor: 'start',
    command: 'debugfs',
    why: '`bramble flash` reads and writes ext4 with it',
  },
  { name: 'mosquitto', neededFor: 'test', command: 'mosquitto', why: 'a second broker for the tests' },
  { name: 'chromium', neededFor: 'test', command: 'chromium', why: 'the dashboard is tested in it' },
  { name: 'git', neededFor: 'test', command: 'git', why: 'tests of a clean checkout' },
  { name: 'dosfstools', neededFor: 'test', command: 'mkfs.vfat', why: 'images to try `bramble flash` with' },
  { name: 'fdisk', neededFor: 'test', command: 'sfdisk', why: 'images to try `bramble flash` with' },
  {
    name: 'python3-paho-mqtt',
    neededFor: 'test',
    file: 'usr/lib/python3/dist-packages/paho/mqtt/client.py',
    why: 'the examples in Python',
  },
];

/**
 * @param {Surroundings} surroundings
 * @param {'start' | 'test'} goal
 * @returns {DebianPackage[]} the packages that are not on this machine, in the table's order
 */
export function missingPackages(surroundings, goal) {
  return debianPackages
    .filter((entry) => entry.neededFor === 'start' || goal === 'test')
    .filter((entry) => !isHere(surroundings, entry));
}

/**
 * @param {Surroundings} surroundings
 * @param {DebianPackage} entry
 */
function isHere(surroundings, entry) {
  const { root } = surroundings;
  if (entry.unpacked !== undefined)
    return entry.unpacked.map((path) => join(root, path)).some((path) => existsSync(path) && isStatic(path));
  if (entry.file !== undefined) return existsSync(join(root, entry.file));
  return findCommand(surroundings, entry.command ?? entry.name) !== undefined;
}

/**
 * @param {readonly string[]} names
 * @returns {{ installed: string[], unpacked: string[] }} what apt installs, and what is only unpacked
 */
export function byTreatment(names) {
  const unpacked = names.filter(
    (name) => debianPackages.find((entry) => entry.name === name)?.unpacked !== undefined,
  );
  return { installed: names.filter((name) => !unpacked.includes(name)), unpacked };
}

const elfHeaderBytes = 64;
const interpreterSegment = 3;

/**
 * Reads the ELF program headers: a file that names an interpreter (PT_INTERP) needs shared libraries. Only 64-bit, little-endian files are
 * understood, as all are where Bramble runs; anything else counts as not static.
 * @param {string} path
 */
export function isStatic(path) {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(elfHeaderBytes);
    if (
      readSync(file, header, 0, elfHeaderBytes, 0) < elfHeaderBytes ||
      header.readUInt32BE(0) !== 0x7f454c46
    )
      return false;
    const [entryBytes, entries] = [header.readUInt16LE(54), header.readUInt16LE(56)];
    const table = Buffer.alloc(entryBytes * entries);
    if (
      entryBytes < 4 ||
      readSync(file, table, 0, table.length, Number(header.readBigUInt64LE(32))) < table.length
    )
      return false;
    return !Array.from({ length: entries }, (_, index) => table.readUInt32LE(index * entryBytes)).includes(
      interpreterSegment,
    );
  } finally {
    closeSync(file);
  }
}
