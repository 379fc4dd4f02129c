# A board with a card in it. Sourced. Needs $work.
# What a Raspberry Pi's firmware does, this does before each start: it reads kernel and command line from the card's first partition.

card=$work/card.img
board_memory_mib=2048
board_pid=
board_port=

switch_on() {
  board_port=${board_port:-$(free_port)}
  rm -f "$work/vmlinuz" "$work/initrd.img"
  mcopy -i "$card@@1M" ::/vmlinuz "$work/vmlinuz" && mcopy -i "$card@@1M" ::/initrd.img "$work/initrd.img" || return 1
  qemu-system-aarch64 -M virt -cpu cortex-a72 -smp 2 -m "$board_memory_mib" -nographic -no-reboot \
    -kernel "$work/vmlinuz" -initrd "$work/initrd.img" -append "$(command_line)" \
    -drive "file=$card,format=raw,if=virtio,cache=unsafe" \
    -netdev "user,id=net0,hostfwd=tcp:127.0.0.1:$board_port-:22" -device virtio-net-pci,netdev=net0,romfile= \
    </dev/null >>"$work/serial.log" 2>&1 &
  board_pid=$!
}

command_line() { on_card cmdline.txt; }
# on_card PATH: a file of the boot partition, while the board is off.
on_card() { mtype -i "$card@@1M" "::/$1"; }

is_off() { [ -z "$board_pid" ] || ! kill -0 "$board_pid" 2>/dev/null; }

# As if somebody pulled the plug.
switch_off() {
  [ -n "$board_pid" ] || return 0
  kill -KILL "$board_pid" 2>/dev/null || true
  wait "$board_pid" 2>/dev/null || true
  board_pid=
}

# inside COMMAND…: on the board, as the user whose key is on the card.
inside() {
  ssh -q -p "$board_port" -i "$work/key" -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=30 \
    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null keeper@127.0.0.1 "$*"
}
