#!/usr/bin/env bash
# Makes a Debian system of the given packages, not yet started, as one tar file. As root.
#
#     debian-tree.sh OUT.tar ARCHITECTURE PACKAGE,PACKAGE…
#
# A foreign architecture must be able to run here (arm64-emulation.sh). No kernel and no initramfs-tools among the packages: making
# an initramfs under emulation takes half an hour; initramfs.sh makes one natively in seconds.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/debian-sources.sh"
out=$1 architecture=$2 packages=$3

mkdir -p "$(dirname "$out")"
# Whatever was interrupted must not be taken for the whole.
trap 'rm -f "$out.new"' EXIT
mmdebstrap --quiet --arch="$architecture" --variant=minbase --include="$packages" \
  --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt=force-unsafe-io --format=tar \
  "$debian_release" "$out.new" "$(debian_sources)"
mv "$out.new" "$out"
