#!/usr/bin/env bash
# Unpacks a Debian tree that has systemd, and makes of it the root file system of a machine that boots by itself: kernel modules,
# mounts, network by DHCP, a console on the serial line, log-in by SSH. No program of the tree is run. As root.
#
#     machine-root.sh FOLDER TREE.tar KERNEL-FOLDER HOST-NAME [AUTHORIZED-KEY-FILE]
set -euo pipefail
folder=$1 tree=$2 kernel=$3 name=$4 key=${5:-}

mkdir -p "$folder"
tar -xf "$tree" -C "$folder" --numeric-owner
mkdir -p "$folder/usr/lib/modules"
cp -a "$kernel"/lib/modules/* "$folder/usr/lib/modules/"
depmod -b "$folder" "$(basename "$kernel"/lib/modules/*)"

echo "$name" >"$folder/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %s\n' "$name" >"$folder/etc/hosts"
printf 'LABEL=rootfs / ext4 defaults,noatime 0 1\n' >"$folder/etc/fstab"
# Empty: systemd makes the machine's own at its first boot.
: >"$folder/etc/machine-id"

cat >"$folder/etc/systemd/network/80-wired.network" <<'NETWORK'
[Match]
Name=e* usb*
[Network]
DHCP=yes
NETWORK
# Only links of that name: systemd-networkd leaves what the agent makes alone.
mkdir -p "$folder/etc/systemd/system/multi-user.target.wants" "$folder/etc/systemd/system/sockets.target.wants"
ln -sf /lib/systemd/system/systemd-networkd.service "$folder/etc/systemd/system/multi-user.target.wants/"
ln -sf /lib/systemd/system/systemd-networkd.socket "$folder/etc/systemd/system/sockets.target.wants/"

if [ -n "$key" ]; then
  install -d -m 700 "$folder/root/.ssh"
  install -m 600 "$key" "$folder/root/.ssh/authorized_keys"
fi
