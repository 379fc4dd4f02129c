#!/usr/bin/env bash
# Tries Bramble on arm64, which this machine need not be: the image of Dockerfile.arm64 under emulation of programs, and a first start,
# limits, restarts and a reboot in an emulated machine where systemd is process 1 and cgroups are version 2.
#
#     npm run test:arm64 -- [--cache FOLDER] [--part image|machine] [--prepared]
#
# As root, on Debian. Takes some 25 minutes on two cores, most of them emulation; the first time downloads 400 MB into the cache
# (default /var/tmp/bramble-arm64). --prepared puts what apt and npm would install into the machine's image before it boots, which saves
# ten minutes and tries less. What is tried is the last commit. Prints a line for each claim, then `N passed, N failed`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
cache=/var/tmp/bramble-arm64
parts='image machine'
prepared=
while [ $# -gt 0 ]; do
  case $1 in
  --cache) cache=$2 && shift 2 ;;
  --part) parts=$2 && shift 2 ;;
  --prepared) prepared=yes && shift ;;
  *)
    echo "unknown: $1; known are --cache FOLDER, --part image, --part machine, --prepared" >&2
    exit 2
    ;;
  esac
done

missing=
for tool in mmdebstrap:mmdebstrap qemu-aarch64-static:qemu-user-static qemu-system-aarch64:qemu-system-arm arch-test:arch-test \
  podman:podman runc:runc mcopy:mtools mkfs.vfat:dosfstools sfdisk:fdisk mke2fs:e2fsprogs cpio:cpio depmod:kmod \
  ssh:openssh-client git:git npm:npm; do
  command -v "${tool%%:*}" >/dev/null || missing="$missing ${tool##*:}"
done
if [ -n "$missing" ]; then
  echo "this needs: apt-get install --no-install-recommends$missing" >&2
  exit 1
fi

mkdir -p "$cache"
work=$(mktemp -d /var/tmp/bramble-arm64-run-XXXXXX)
project=$work/project
firmware=$project/firmware-scripts
. "$here/claims.sh"
. "$here/host-controller.sh"
. "$here/emulated-machine.sh"
. "$here/image.sh"
. "$here/machine.sh"

cleanup() {
  stop_machine || true
  stop_host_controller || true
  drop_image || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

mkdir "$project"
git -C "$repository" archive HEAD | tar -x -C "$project"
for part in $parts; do "try_$part"; done
closing_line
