import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand } from './surroundings.mjs';

/** @typedef {import('./surroundings.mjs').Surroundings} Surroundings */

/** The dynamic loader that the pinned Node is linked to: where it exists, the machine has glibc. */
const glibcLoaders = /** @type {Record<string, string>} */ ({
  x64: 'lib64/ld-linux-x86-64.so.2',
  arm64: 'lib/ld-linux-aarch64.so.1',
});

/**
 * @param {Surroundings} surroundings
 * @returns {string[]} what stops Bramble from running here at all, each with what to do; empty if nothing does
 */
export function refuseMachine({ platform, architecture, root }) {
  if (platform !== 'linux')
    return [
      `Bramble runs on Linux; this is ${platform}. Use a Linux machine, a Raspberry Pi or a virtual machine.`,
    ];
  const loader = glibcLoaders[architecture];
  if (loader === undefined) {
    return [
      `Bramble runs on 64-bit x86 (x64) and 64-bit ARM (arm64); this Node is built for ${architecture}. ` +
        'On a Raspberry Pi 3 or newer, use the 64-bit Raspberry Pi OS.',
    ];
  }
  if (existsSync(join(root, loader))) return [];
  return [
    `Bramble needs glibc, and /${loader} does not exist. Use Debian, Raspberry Pi OS or another glibc system (Alpine is none).`,
  ];
}

/**
 * @param {string} text content of /etc/os-release
 * @returns {{ name: string, usesApt: boolean }}
 */
export function readRelease(text) {
  const field = (/** @type {string} */ key) =>
    new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  const families = [field('ID'), ...field('ID_LIKE').split(' ')];
  return {
    name: field('PRETTY_NAME') || 'this system',
    usesApt: families.includes('debian') || families.includes('raspbian'),
  };
}

/**
 * @param {Surroundings} surroundings
 * @returns {{ name: string, usesApt: boolean }} the system's name, and whether its packages come by apt
 */
export function identifySystem(surroundings) {
  const file = join(surroundings.root, 'etc/os-release');
  const release = readRelease(existsSync(file) ? readFileSync(file, 'utf8') : '');
  return { ...release, usesApt: release.usesApt && findCommand(surroundings, 'apt-get') !== undefined };
}
