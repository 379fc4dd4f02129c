# npm start in a machine of machine.sh, as somebody at its terminal starts and stops it. Sourced.

# start USER FOLDER ARGUMENTS…: npm start in the background; waits until it is ready, prints the seconds and what else it printed.
start() {
  local user=$1 folder=$2 since=$SECONDS
  shift 2
  log=$work/start.log
  (inside "$user" "cd ~/'$folder' && exec npm start $*" </dev/null >"$log" 2>&1 || echo "ended with $?" >>"$log") &
  starting=$!
  until grep -qE '^(Bramble is ready|ended with)' "$log" || [ $((SECONDS - since)) -gt 600 ]; do sleep 0.1; done
  started_seconds=$((SECONDS - since))
  sed 's/^/          /' "$log"
}

# interrupt: Ctrl-C, as a terminal sends it, to everything in the group of npm start.
interrupt() {
  inside root 'kill -INT -- -$(ps -o pgid= -p $(pgrep -o -f "^npm start") | tr -d " ")'
  wait "$starting"
}

ready() { grep -q '^Bramble is ready' "$log"; }
