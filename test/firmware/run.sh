#!/usr/bin/env bash
# Tries `bramble flash` from the image to the pod: makes a Debian image for arm64 from Debian's packages, flashes it to a file, and
# switches the board on in an emulated machine. It joins a controller on this machine by itself, and runs a pod.
#
#     npm run test:firmware -- [--cache FOLDER]
#
# As root, on Debian, for what makes the image; `bramble flash` itself runs as somebody else. Takes some 10 minutes on two idle cores, and
# as long again the first time, which keeps 900 MB in the cache (default /var/tmp/bramble-arm64). What is tried is this checkout. Prints
# a line for each claim, then `N passed, N failed`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
firmware=$project/firmware-scripts
cache=/var/tmp/bramble-arm64
while [ $# -gt 0 ]; do
  case $1 in
  --cache) cache=$2 && shift 2 ;;
  *)
    echo "unknown: $1; known is --cache FOLDER" >&2
    exit 2
    ;;
  esac
done

missing=
for tool in mmdebstrap:mmdebstrap qemu-aarch64-static:qemu-user-static qemu-system-aarch64:qemu-system-arm arch-test:arch-test \
  mcopy:mtools mkfs.vfat:dosfstools sfdisk:fdisk mke2fs:e2fsprogs cpio:cpio depmod:kmod ssh:openssh-client npm:npm; do
  command -v "${tool%%:*}" >/dev/null || missing="$missing ${tool##*:}"
done
if [ -n "$missing" ]; then
  echo "this needs: apt-get install --no-install-recommends$missing" >&2
  exit 1
fi

mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
work=$(mktemp -d /var/tmp/bramble-firmware-run-XXXXXX)
. "$here/../arm64/claims.sh"
. "$here/../arm64/host-controller.sh"
. "$here/card-image.sh"
. "$here/emulated-board.sh"
. "$here/board-claims.sh"

cleanup() {
  switch_off || true
  stop_host_controller || true
  if declare -F forget_arm64 >/dev/null; then forget_arm64; fi
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

claim 'an image of a Debian system for arm64 is made from Debian packages, or at hand' make_card_image
claim 'a controller starts on this machine' start_host_controller
try_card
closing_line
