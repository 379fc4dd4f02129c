import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { project } from '../../e2e/fixture/bramble.ts';
import { succeed } from '../../e2e/fixture/commands.ts';

/** What a virtual machine starts from, and the program that its first script runs. */
export interface Kernel {
  readonly image: string;
  readonly initramfs: string;
  readonly busybox: string;
}

const packages = ['linux-image-cloud-amd64', 'busybox-static'];
const modules = ['virtio_pci', 'virtio_blk', 'ext4', 'virtio_net', 'virtio_rng'];
const downloadMs = 600_000;

/** Debian's kernel for virtual machines, downloaded the first time and kept in `cache`; nothing is installed. */
export async function debianKernel(cache: string): Promise<Kernel> {
  await mkdir(cache, { recursive: true });
  const scripts = join(project, 'firmware-scripts');
  if (packages.some((name) => !existsSync(join(cache, name))))
    await succeed(join(scripts, 'debian-download.sh'), [cache, 'amd64', ...packages], {
      timeoutMs: downloadMs,
    });
  const [kernelFolder, busyboxFolder] = packages.map((name) => join(cache, name)) as [string, string];
  const busybox = join(busyboxFolder, 'bin', 'busybox');
  const initramfs = join(cache, 'initramfs.img');
  await succeed(join(scripts, 'initramfs.sh'), [initramfs, kernelFolder, busybox, ...modules]);
  const boot = join(kernelFolder, 'boot');
  const image = (await readdir(boot)).find((name) => name.startsWith('vmlinuz-'));
  if (image === undefined) throw new Error(`${boot} holds no kernel: remove ${cache}, and run this again`);
  return { image: join(boot, image), initramfs, busybox };
}
