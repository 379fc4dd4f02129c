#!/usr/bin/env bash
# From a clone to a fleet, timed: everything that README promises a newcomer, one after another, on a Debian 12 system that never
# saw Bramble. By hand, as root, on Debian with mmdebstrap, iproute2, nftables and what `npm test` installs; needs the network.
#
#     test/first-run/whole-path.sh IMAGE [--no-tests]      IMAGE: a Raspberry Pi OS image for `bramble flash`, .img or .img.xz
#
# What is tried is the last commit. Ends with 1 at the first step that fails.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
image=$(realpath "${1:?say which image to flash}")
tests=${2:-}
work=$(mktemp -d /var/tmp/bramble-path-XXXXXX)
machine_name=path$((RANDOM % 9000 + 1000))
network=10.98.$((RANDOM % 250))
. "$here/machine.sh"
. "$here/npm-start.sh"

cleanup() {
  drop_machine "$work/root"
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# step TEXT COMMAND…: one line with its seconds; all that it said if it fails.
step() {
  local text=$1 since
  shift
  since=$(date +%s%N)
  if "$@" >"$work/step.log" 2>&1; then
    printf '%8.1f s  %s\n' "$(((($(date +%s%N) - since) / 100000000)))e-1" "$text"
  else
    echo "FAILED: $text"
    tail -n 60 "$work/step.log"
    exit 1
  fi
}

# here_in COMMAND: in the clone, in a second shell of the newcomer's.
here_in() { inside helped "cd ~/bramble && . .bramble/env && set -e -o pipefail && $1"; }

start_bramble() { start helped bramble && ready; }

dashboard() {
  local token
  token=$(inside root 'cat /home/helped/bramble/.bramble/admin-token')
  "$project/node_modules/.bin/node" "$here/dashboard.ts" "https://$network.2:6443/dashboard" admin "$token" "$machine_name" kept
}

make_base "$work/base.tar"
make_machine "$work/root" "$work/base.tar" 22 12
cp "$image" "$work/root/home/helped/"
mkdir "$work/root/origin" && git clone --quiet --bare "$project" "$work/root/origin/bramble.git"
chroot "$work/root" chown -R helped:helped /origin
boot_machine "$work/root"
card=$(basename "$image")
began=$SECONDS
step 'git clone' inside helped 'cd ~ && git clone --quiet /origin/bramble.git'
step 'npm start, to "Bramble is ready"' start_bramble
step 'kubectl create, to Ready' here_in 'kubectl create -f examples/hello.yaml && kubectl wait --for=condition=Ready pod/hello --timeout=60s'
step 'curl' here_in 'curl -s http://$(kubectl get pod hello -o jsonpath={.status.podIP}):8080 | grep "Hello from hello"'
step 'mosquitto_pub, to Ready' here_in 'sed "s/name: hello/name: kept/" examples/hello.yaml > kept.yaml &&
  mosquitto_pub $BRAMBLE_MQTT -t bramble/v1/apply/admin/1 -f kept.yaml &&
  timeout 60 bash -c "until kubectl wait --for=condition=Ready pod/kept --timeout=60s; do sleep 0.2; done"'
step 'the dashboard in a browser of another machine' dashboard
step 'bramble flash, to a file' here_in "bramble token create > token &&
  bramble flash --image ~/$card --to ~/card.img --token-file token --url https://$network.2:6443 --hostname pi-7"
step 'clean up, Ctrl-C' eval "here_in 'kubectl delete pod hello kept' && interrupt"
step 'npm run demo' inside helped 'cd ~/bramble && npm run demo'
echo "$((SECONDS - began)) s together"
[ "$tests" = --no-tests ] || step 'npm test' inside helped 'cd ~/bramble && CI=true .ci/run'
[ "$tests" = --no-tests ] || tail -n 1 "$work/step.log"
