# A Debian machine for arm64 in qemu, processor and all: systemd is process 1, cgroups are version 2. Sourced.
# Needs $work (a folder), $cache (a folder that outlives the run), $firmware (firmware-scripts),
# $prepared (empty, or that nothing is to be installed inside), image.sh.

machine_packages=systemd,systemd-sysv,udev,dbus,kmod,iproute2,ca-certificates,nodejs,procps,openssh-server
# What `npm start` would install by apt; only with --prepared.
prepared_packages=podman,crun,runc,nftables,curl,mosquitto-clients,busybox-static
machine_memory_mib=2048
machine_disk_mib=6144
machine_boot_seconds=600
machine_pid=
machine_has_image=

# prepare_machine: downloads and makes what does not change from run to run, into the cache.
prepare_machine() {
  local packages=$machine_packages${prepared:+,$prepared_packages}
  machine_tree=$cache/machine-${packages//,/-}.tar
  [ -e "$machine_tree" ] || "$firmware/debian-tree.sh" "$machine_tree" arm64 "$packages" || return 1
  [ -d "$cache/arm64/linux-image-arm64" ] && [ -d "$cache/arm64/busybox-static" ] ||
    "$firmware/debian-download.sh" "$cache/arm64" arm64 linux-image-arm64 busybox-static
  kernel=$cache/arm64/linux-image-arm64
  [ -d "$cache/npm" ] || (
    mkdir -p "$cache/npm.new" && cd "$cache/npm.new" &&
      tar -xzf "$(npm pack --silent npm@10)" --strip-components=1 && mv "$cache/npm.new" "$cache/npm"
  )
}

# make_machine: an image with that system, and npm beside Debian's own Node.
make_machine() {
  local root=$work/root boot=$work/boot
  rm -rf "$root" "$boot"
  mkdir -p "$boot"
  [ -e "$work/key" ] || ssh-keygen -q -t ed25519 -N '' -f "$work/key"
  "$firmware/machine-root.sh" "$root" "$machine_tree" "$kernel" board1 "$work/key.pub" || return 1
  mkdir -p "$root/opt/npm"
  cp -a "$cache/npm/." "$root/opt/npm/"
  chmod 755 "$root"/opt/npm/bin/*.js
  ln -s /opt/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  [ -z "$prepared" ] || put_checkout "$root/root/bramble" || return 1
  # An authority that this machine's Node is told to trust must be trusted there as well.
  [ -z "${NODE_EXTRA_CA_CERTS:-}" ] || cp -L "$NODE_EXTRA_CA_CERTS" "$root/etc/extra-ca.crt"
  # qemu's user network forwards names at this address.
  rm -f "$root/etc/resolv.conf"
  echo 'nameserver 10.0.2.3' >"$root/etc/resolv.conf"
  cp "$kernel"/boot/vmlinuz-* "$boot/vmlinuz"
  "$firmware/initramfs.sh" "$boot/initrd.img" "$kernel" "$cache/arm64/busybox-static/bin/busybox" \
    virtio_pci virtio_mmio virtio_blk ext4 virtio_net || return 1
  # Present where part image has built it.
  if "${image_podman[@]}" image exists "$agent_image" 2>/dev/null; then
    put_image "$root" || return 1
    machine_has_image=yes
  fi
  "$firmware/disk-image.sh" "$work/disk.img" "$machine_disk_mib" "$boot" "$root" || return 1
  rm -rf "$root"
}

# put_checkout FOLDER: with the packages that npm would install there, which needs no emulation.
put_checkout() {
  mkdir -p "$1"
  git -C "$repository" archive HEAD | tar -x -C "$1" &&
    (cd "$1" && node "$cache/npm/bin/npm-cli.js" ci --omit=dev --include=optional --ignore-scripts \
      --os=linux --cpu=arm64 --libc=glibc --loglevel=error)
}

# boot_machine [KERNEL-PARAMETER…]: returns when it answers by SSH.
boot_machine() {
  # The same ones after a reboot: a kubeconfig names one of them.
  machine_port=${machine_port:-$(free_port)}
  machine_https_port=${machine_https_port:-$(free_port)}
  qemu-system-aarch64 -M virt -cpu cortex-a72 -smp 2 -m "$machine_memory_mib" -nographic -no-reboot \
    -kernel "$work/boot/vmlinuz" -initrd "$work/boot/initrd.img" \
    -append "console=ttyAMA0 quiet root=/dev/vda2 $*" \
    -drive "file=$work/disk.img,format=raw,if=virtio,cache=unsafe" \
    -netdev "user,id=net0,hostfwd=tcp:127.0.0.1:$machine_port-:22,hostfwd=tcp:127.0.0.1:$machine_https_port-:6443" \
    -device virtio-net-pci,netdev=net0,romfile= \
    </dev/null >"$work/serial.log" 2>&1 &
  machine_pid=$!
  eventually "$machine_boot_seconds" machine_answers_or_ended
  if machine_ended; then
    tail -n 30 "$work/serial.log"
    return 1
  fi
}

machine_answers_or_ended() { machine_ended || inside true 2>/dev/null; }

# inside COMMAND…: runs a shell command in the machine, as root.
inside() {
  local extra=
  [ -z "${NODE_EXTRA_CA_CERTS:-}" ] || extra='export NODE_EXTRA_CA_CERTS=/etc/extra-ca.crt;'
  ssh -q -p "$machine_port" -i "$work/key" -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=30 \
    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1 "$extra $*"
}

# stop_machine: in an orderly way; killed where it does not end.
stop_machine() {
  [ -n "$machine_pid" ] || return 0
  inside 'systemctl poweroff' 2>/dev/null || true
  eventually 90 machine_ended || kill -KILL "$machine_pid"
  wait "$machine_pid" 2>/dev/null || true
  machine_pid=
}

machine_ended() { ! kill -0 "$machine_pid" 2>/dev/null; }
