# Lets this machine's kernel run arm64 programs, by qemu-user. Sourced. Needs root and qemu-user-static; nothing on arm64.

binfmt_folder=/proc/sys/fs/binfmt_misc
arm64_registered=

# ensure_arm64: what it registers, forget_arm64 takes back; what was registered before stays.
ensure_arm64() {
  [ "$(uname -m)" != aarch64 ] || return 0
  local emulator
  emulator=$(command -v qemu-aarch64-static) || {
    echo "qemu-aarch64-static is not in PATH: apt-get install qemu-user-static" >&2
    return 1
  }
  mountpoint -q "$binfmt_folder" || mount -t binfmt_misc binfmt_misc "$binfmt_folder"
  [ ! -e "$binfmt_folder/qemu-aarch64" ] || return 0
  # F: the kernel opens the emulator now, so that trees and containers need none of their own.
  printf '%s' ":qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:$emulator:FPOC" \
    >"$binfmt_folder/register"
  arm64_registered=yes
}

forget_arm64() {
  [ -z "$arm64_registered" ] || echo -1 >"$binfmt_folder/qemu-aarch64"
  arm64_registered=
}
