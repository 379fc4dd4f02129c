# An image as a board's vendor would offer it: Debian with podman, a FAT partition with kernel, initramfs and cmdline.txt, and nothing of
# Bramble's. Sourced. Needs $work, $cache, $firmware.

card_packages=systemd,systemd-sysv,udev,dbus,kmod,iproute2,ca-certificates,procps,openssh-server,sudo,podman,crun,runc,nftables,busybox-static,libstdc++6
card_mib=2304
card_image=$cache/card.img

make_card_image() {
  local tree=$cache/card-${card_packages//,/-}.tar root=$work/root boot=$work/boot kernel=$cache/arm64/linux-image-arm64
  # Made anew where what makes it has changed.
  [ ! "$card_image" -nt "${BASH_SOURCE[0]}" ] || [ ! "$card_image" -nt "$firmware/disk-image.sh" ] || return 0
  . "$firmware/arm64-emulation.sh"
  ensure_arm64 || return 1
  [ -e "$tree" ] || "$firmware/debian-tree.sh" "$tree" arm64 "$card_packages" || return 1
  { [ -d "$kernel" ] && [ -d "$cache/arm64/busybox-static" ]; } ||
    "$firmware/debian-download.sh" "$cache/arm64" arm64 linux-image-arm64 busybox-static || return 1
  "$firmware/machine-root.sh" "$root" "$tree" "$kernel" debian || return 1
  # As on Raspberry Pi OS.
  mkdir -p "$root/boot/firmware" "$boot"
  echo 'LABEL=BOOTFS /boot/firmware vfat defaults 0 0' >>"$root/etc/fstab"
  # This system has nothing that would keep a clock or look up names.
  rm -f "$root/etc/resolv.conf"
  echo 'nameserver 10.0.2.3' >"$root/etc/resolv.conf"
  cp "$kernel"/boot/vmlinuz-* "$boot/vmlinuz"
  echo 'console=ttyAMA0 quiet root=/dev/vda2' >"$boot/cmdline.txt"
  "$firmware/initramfs.sh" "$boot/initrd.img" "$kernel" "$cache/arm64/busybox-static/bin/busybox" \
    virtio_pci virtio_mmio virtio_blk ext4 virtio_net || return 1
  "$firmware/disk-image.sh" "$card_image" "$card_mib" "$boot" "$root" || return 1
  rm -rf --one-file-system "$root" "$boot"
}
