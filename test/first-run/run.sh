#!/usr/bin/env bash
# Tries the first start as a newcomer meets it: on Debian 12 systems that never saw Bramble, made for this and removed afterwards.
# By hand, as root, on Debian with mmdebstrap, iproute2 and nftables; takes two minutes a system, and the network.
#
#     test/first-run/run.sh [NODE:NPM…]        default: 18:10 22:12
#
# What is tried is the last commit. Prints a line for each claim, and ends with 1 if one does not hold.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
work=$(mktemp -d /var/tmp/bramble-first-run-XXXXXX)
machine_name=frun$((RANDOM % 9000 + 1000))
network=10.98.$((RANDOM % 250))
failed=0
. "$here/machine.sh"
. "$here/npm-start.sh"

cleanup() {
  drop_machine "$work/root"
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# claim TEXT COMMAND…: holds if the command succeeds.
claim() {
  local text=$1
  shift
  if "$@" >"$work/claim.log" 2>&1; then echo "  holds   $text"; else
    echo "  FAILED  $text"
    tail -n 30 "$work/claim.log" | sed 's/^/          /'
    failed=1
  fi
}

below() { [ "$1" -lt "$2" ]; }
stopped_cleanly() { ! grep -q '^ended with' "$log" && ! inside root 'pgrep -af "^/.*/bin/node .*/(cli|cli/up|controller|agent)/main[.][jt]s"'; }

readme_blocks() {
  awk '/^```sh run/ { on = 1; next } /^```/ { on = 0 } on' "$project/README.md"
}

container_id() {
  inside helped "cd ~/'my bramble' && . .bramble/env && kubectl get pod kept -o jsonpath='{.status.containerStatuses[0].containerID}'"
}

refuses_and_changes_nothing() {
  ! inside plain 'cd ~/bramble && npm start' && ! inside plain 'ls -d ~/bramble/node_modules ~/bramble/.bramble'
}

check_system() {
  local node=$1 npm=$2 before clone
  echo "Debian 12, Node $node, npm $npm"
  make_machine "$work/root" "$work/base.tar" "$node" "$npm"
  for clone in "helped/my bramble" plain/bramble; do
    git clone --quiet "$project" "$work/root/home/$clone"
    chroot "$work/root" chown -R "${clone%%/*}:${clone%%/*}" "/home/$clone"
  done
  boot_machine "$work/root"

  claim 'without root or sudo it refuses, and nothing is changed' refuses_and_changes_nothing
  claim '--no-install tells what is missing' inside helped "cd ~/'my bramble' && ! npm start -- --no-install"
  start helped 'my bramble'
  echo "          first start: $started_seconds s"
  claim 'npm start is ready, by sudo, in a folder with a space' ready
  claim "README's lines work in a second shell" \
    inside helped "cd ~/'my bramble' && set -e -o pipefail; $(readme_blocks)"
  claim "root leaves nothing in the user's node_modules" \
    inside root "! find '/home/helped/my bramble/node_modules' -user root | grep ."
  claim 'no service was left running' inside root '! pgrep -x mosquitto'
  inside helped "cd ~/'my bramble' && . .bramble/env && sed s/hello/kept/ examples/hello.yaml |
    sed s,bramble/kept:,bramble/hello:, | kubectl create -f - && kubectl wait --for=condition=Ready pod/kept --timeout=60s" \
    >/dev/null || true
  before=$(container_id || true)
  interrupt || true
  claim 'Ctrl-C stops everything that is not a pod' stopped_cleanly
  start helped 'my bramble'
  echo "          second start: $started_seconds s"
  claim 'the second start is ready in under 5 s' below "$started_seconds" 5
  claim 'and keeps the containers that run' test "$(container_id)" = "${before:-none}"
  claim 'a port in use is named with its process and the flag' inside root \
    "cd '/home/helped/my bramble' && npm start -- --data-dir /tmp/other 2>&1 | grep -E '8883 is in use: .*controller.*process [0-9]+.*--mqtt-port'"
  claim 'a second start on the same state says who has it' inside root \
    "cd '/home/helped/my bramble' && npm start 2>&1 | grep -E 'controller/main.ts.*process [0-9]+.* open'"
  inside helped "cd ~/'my bramble' && . .bramble/env && kubectl delete pod kept --wait" >/dev/null || true
  inside root 'kill -KILL $(pgrep -f "^/.*/bin/node .*/cli/up/main[.]js")' || true
  claim 'a killed bramble up leaves no process behind' inside root \
    'for i in $(seq 100); do pgrep -f "^/.*/bin/node .*/(controller|agent)/main[.][jt]s" || exit 0; sleep 0.1; done; exit 1'
  wait "$starting" || true
  inside root 'for key in all default lo; do sysctl -qw net.ipv6.conf.$key.disable_ipv6=1; done; hostname renamed'
  start helped 'my bramble'
  claim 'it starts without IPv6, and under another host name' ready
  interrupt || true
  start plain bramble --ignore-scripts -- --controller-only
  claim '--controller-only needs no root, and --ignore-scripts does no harm' ready
  interrupt || true
  drop_machine "$work/root"
}

make_base "$work/base.tar"
for pair in "${@:-18:10 22:12}"; do
  for each in $pair; do check_system "${each%%:*}" "${each##*:}"; done
done
exit "$failed"
