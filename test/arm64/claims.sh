# What is claimed, counted. Sourced. Needs $work, a folder.

passed=0
failed=0
suite_since=$SECONDS

# claim TEXT COMMAND…: holds if the command succeeds; what it printed is shown where it does not.
claim() {
  local text=$1 since=$SECONDS
  shift
  if "$@" >"$work/claim.log" 2>&1 </dev/null; then
    passed=$((passed + 1))
    echo "  [ok $((SECONDS - since)) s] $text"
  else
    failed=$((failed + 1))
    echo "  [failed $((SECONDS - since)) s] $text"
    tail -n 30 "$work/claim.log" | sed 's/^/      /'
  fi
}

# eventually SECONDS COMMAND…: tries again until it succeeds.
eventually() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 1
  done
}

# closing_line: the last line of the run; fails if a claim did, or if there was none.
closing_line() {
  echo "$passed passed, $failed failed"
  [ $failed -eq 0 ] && [ $passed -gt 0 ]
}
