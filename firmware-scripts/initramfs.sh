#!/usr/bin/env bash
# Makes an initramfs that loads modules and mounts the root file system, natively, in seconds.
#
#     initramfs.sh OUT KERNEL-FOLDER BUSYBOX MODULE…
#
# KERNEL-FOLDER is an unpacked linux-image package; BUSYBOX is a static one of the board's architecture.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$1 kernel=$2 busybox=$3
shift 3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(basename "$kernel"/lib/modules/*)
[ -e "$kernel/lib/modules/$version/modules.dep" ] || depmod -b "$kernel" "$version"
mkdir -p "$work"/{bin,lib/modules,proc,sys,dev,newroot}
install -m 755 "$here/initramfs-init" "$work/init"
install -m 755 "$busybox" "$work/bin/busybox"
for module in "$@"; do
  modprobe --dirname "$kernel" --set-version "$version" --show-depends "$module"
done | awk '/^insmod/ && !seen[$2]++ { print $2 }' >"$work/order"
number=100
while read -r file; do
  # The number keeps the order: what a module needs stands before it.
  cp "$file" "$work/lib/modules/$number-$(basename "$file")"
  number=$((number + 1))
done <"$work/order"
rm "$work/order"
(cd "$work" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$out"
