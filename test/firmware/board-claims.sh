# What becomes of a card. Sourced. Needs what run.sh sources before it.

first_boot_seconds=900
join_seconds=1200

try_card() {
  claim 'bramble flash makes a card of it, without root' flash_card
  claim 'memory cgroups are on the kernel command line, which is one line' command_line_is_whole
  claim 'the board is switched on, prepares itself and restarts' first_boot
  on_card bramble/first-boot.log | sed 's/^/          /' || true
  claim 'the next boot is an ordinary one, and the token has left the part of the card that all can read' card_is_settled
  claim 'it is switched on again, and joins by itself: its Node is Ready' join_by_itself
  claim 'with the labels and the keepalive from the card' has_settings
  claim 'examples/hello.yaml runs there' run_hello
  claim 'and answers' answers hello
  claim 'with the name and for the SSH key from the card' inside 'test "$(hostname)" = pi-1 && sudo -n true'
  claim 'the memory limit holds' memory_limit_holds
  claim 'the token is gone' inside 'sudo sh -c "! ls /var/lib/bramble/agent/join-token"'
  claim 'its plug is pulled when another pod has just started; switched on again, it is back and runs both' pull_the_plug
}

# As the user nobody, who has a folder of his own.
flash_card() {
  local home=$work/home
  ssh-keygen -q -t ed25519 -N '' -f "$work/key"
  install -d -m 755 -o nobody "$home" "$home/cards"
  install -m 644 -o nobody "$work/key.pub" "$home/key.pub"
  chmod 711 "$work"
  (cd "$project" && node_modules/.bin/node cli/main.ts token create --data-dir "$work/state") >"$home/token"
  chown nobody "$home/token"
  install -d -o nobody "$cache/bramble"
  chown -R nobody "$cache/bramble"
  (cd "$project" && setpriv --reuid nobody --regid nogroup --clear-groups env HOME="$home" npm_config_cache="$home/npm" \
    "$project/node_modules/.bin/node" cli/main.ts flash --image "$card_image" --to "$home/cards/card.img" \
    --url "https://10.0.2.2:$host_https_port" --token-file "$home/token" --hostname pi-1 --labels site=barn \
    --mqtt-keepalive 1m --timezone UTC --user keeper --ssh-key "$home/key.pub" \
    --cache "$cache/bramble") || return 1
  mv "$home/cards/card.img" "$card"
}

command_line_is_whole() {
  test "$(command_line | wc -l)" = 1 && command_line | grep -w cgroup_enable=memory
}

first_boot() {
  switch_on
  eventually "$first_boot_seconds" is_off || return 1
  on_card bramble/first-boot.log | grep 'done, 0 of the steps failed' || { tail -n 20 "$work/serial.log" && return 1; }
}

card_is_settled() {
  ! command_line | grep 'systemd\.' && command_line | grep -w cgroup_enable=memory && ! on_card bramble/token
}

join_by_itself() {
  switch_on
  eventually "$join_seconds" node_ready_or_off
  on_host get nodes -o wide
  node_is_ready || { tail -n 30 "$work/serial.log" && return 1; }
}

node_is_ready() { on_host wait --for=condition=Ready node/pi-1 --timeout=5s; }
node_ready_or_off() { is_off || node_is_ready; }

has_settings() {
  on_host get node pi-1 -o jsonpath='{.metadata.labels.site} {.metadata.annotations.bramble\.dev/mqtt-keepalive-seconds}' | grep -x 'barn 60'
}

run_hello() {
  on_host create -f "$project/examples/hello.yaml"
  on_host wait --for=condition=Ready pod/hello --timeout=300s || { on_host describe pod hello && return 1; }
}

answers() {
  eventually 120 inside true || return 1
  inside "busybox wget -qO- http://$(on_host get pod "$1" -o jsonpath='{.status.podIP}'):8080" | grep "Hello from $1"
}

memory_limit_holds() {
  local id
  id=$(on_host get pod hello -o jsonpath='{.status.containerStatuses[0].containerID}' | sed 's,.*://,,')
  # In the scope itself, or in the group that crun makes below it.
  inside "sudo grep -rx 67108864 --include=memory.max /sys/fs/cgroup/machine.slice/libpod-$id.scope"
}

# With nothing brought to the card first: what podman left torn there the agent finds, and makes anew.
pull_the_plug() {
  sed 's/^  name: hello$/  name: young/' "$project/examples/hello.yaml" | on_host create -f -
  on_host wait --for=condition=Ready pod/young --timeout=300s || return 1
  switch_off
  eventually 180 node_is_lost || return 1
  switch_on
  eventually "$join_seconds" node_ready_or_off
  # Its last status is from before.
  node_is_ready && eventually 300 answers hello && eventually 300 answers young
}

node_is_lost() { ! node_is_ready; }
