# A controller on this machine, of the commit that is tried, with data and ports of its own. Sourced. Needs $work, $project.

host_controller_pid=

start_host_controller() {
  [ -z "$host_controller_pid" ] || return 0
  host_https_port=$(free_port)
  (cd "$project" && exec node setup/start.mjs --controller-only --data-dir "$work/state" \
    --https-port "$host_https_port" --mqtt-port "$(free_port)") </dev/null >"$work/controller.log" 2>&1 &
  host_controller_pid=$!
  if ! eventually 300 host_controller_ready_or_ended || ! grep -q '^Bramble is ready' "$work/controller.log"; then
    cat "$work/controller.log"
    return 1
  fi
  # kubectl as `npm start` has found or unpacked it, for whichever controller is asked.
  kubectl=$work/state/bin/kubectl
}

host_controller_ready_or_ended() {
  ! kill -0 "$host_controller_pid" 2>/dev/null || grep -q '^Bramble is ready' "$work/controller.log"
}

stop_host_controller() {
  [ -n "$host_controller_pid" ] || return 0
  kill -TERM "$host_controller_pid" 2>/dev/null || true
  wait "$host_controller_pid" 2>/dev/null || true
  host_controller_pid=
}

# on_host ARGUMENTS…: kubectl, asking that controller.
on_host() { "$kubectl" --kubeconfig "$work/state/kubeconfig" "$@"; }

free_port() {
  node -e "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })"
}
