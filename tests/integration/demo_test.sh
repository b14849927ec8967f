#!/usr/bin/env bash
# Runs deploy/demo as a new user would, on free ports and in a folder of its own: it checks its answers
# twice, the second time from what is there, is refused beside itself, and leaves nothing running.
# usage: tests/integration/demo_test.sh BIN
set -euo pipefail
bin=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
  printf 'demo_test: %s\n' "$1" >&2
  exit 1
}

free_base() {
  local base offset
  while :; do
    base=$((20000 + RANDOM % 10000))
    for offset in 1 2 3 11 12 13; do
      ! (exec 3<>"/dev/tcp/127.0.0.1/$((base + offset))") 2>/dev/null || continue 2
    done
    printf '%s\n' "$base"
    return
  done
}

demo() { deploy/demo --bin "$bin" --dir "$dir/demo" --port-base "$base" --locations 300 "$@"; }

nothing_runs() {
  local ready pid
  for ready in "$dir"/demo/*.ready; do
    pid=$(sed -n 's/.*"pid":\([0-9]*\).*/\1/p' "$ready")
    ! kill -0 "$pid" 2>/dev/null || fail "$ready: process $pid still runs"
  done
  [[ ! -S "$dir/demo/redis.sock" ]] || ! redis-cli -s "$dir/demo/redis.sock" ping >/dev/null 2>&1 ||
    fail "redis-server still runs"
}

base=$(free_base)
demo --check | tee "$dir/first"
grep -q 'every answer was right' "$dir/first" || fail "the first run did not check its answers"
nothing_runs

demo --check >"$dir/second"
grep -q 'is there already' "$dir/second" || fail "the second run loaded again"
nothing_runs

# Ports in use: one clear line, and the other demo lives on.
code=0
demo --quiet --exec deploy/demo --bin "$bin" --dir "$dir/other" --port-base "$base" 2>"$dir/refused" || code=$?
[[ $code -eq 3 ]] || fail "a second demo on the same ports ended with $code, want 3"
[[ "$(wc -l <"$dir/refused")" -eq 1 ]] || fail "got more than one line: $(cat "$dir/refused")"
grep -q "port $((base + 1)) is in use" "$dir/refused" || fail "got: $(cat "$dir/refused")"
nothing_runs

# A service that dies takes the demo down, with a line and without leftovers.
code=0
demo --quiet --exec false || code=$?
[[ $code -eq 1 ]] || fail "--exec false ended with $code, want 1"
nothing_runs

# Ctrl-C while it is up.
deploy/demo --bin "$bin" --dir "$dir/demo" --port-base "$base" --locations 300 >"$dir/up" 2>&1 &
up=$!
for ((i = 0; i < 600; i++)); do
  ! grep -q 'Ctrl-C stops everything' "$dir/up" || break
  kill -0 "$up" 2>/dev/null || fail "the demo ended: $(cat "$dir/up")"
  sleep 0.1
done
kill -TERM "$up"
wait "$up" || fail "the demo ended with $?: $(cat "$dir/up")"
nothing_runs
printf 'demo_test: ok\n'
