#!/usr/bin/env bash
# Makes an image as it stands on an SD card: a partition table, a FAT partition to boot from, an ext4 partition with the root file
# system. Nothing is mounted.
#
#     disk-image.sh OUT.img SIZE-MIB BOOT-FOLDER ROOT-FOLDER
set -euo pipefail
out=$1 size_mib=$2 boot=$3 root=$4
boot_mib=256
sectors_per_mib=2048

trap 'rm -f "$out.new" "$out.boot" "$out.root"' EXIT
rm -f "$out.new" "$out.boot" "$out.root"

truncate -s "${size_mib}M" "$out.new"
sfdisk --quiet "$out.new" <<TABLE
label: dos
start=$sectors_per_mib, size=$((boot_mib * sectors_per_mib)), type=c, bootable
start=$(((1 + boot_mib) * sectors_per_mib)), type=83
TABLE

truncate -s "${boot_mib}M" "$out.boot"
mkfs.vfat -F 32 -n BOOTFS "$out.boot" >/dev/null
for each in "$boot"/*; do
  [ ! -e "$each" ] || mcopy -s -i "$out.boot" "$each" ::/
done

# The last MiB stays free: some cards are a little smaller than they say.
truncate -s "$((size_mib - boot_mib - 2))M" "$out.root"
mke2fs -q -t ext4 -L rootfs -d "$root" "$out.root"

dd if="$out.boot" of="$out.new" bs=1M seek=1 conv=notrunc,sparse status=none
dd if="$out.root" of="$out.new" bs=1M seek=$((1 + boot_mib)) conv=notrunc,sparse status=none
mv "$out.new" "$out"
