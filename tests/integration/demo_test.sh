#!/usr/bin/env bash
# Runs deploy/demo as a new user would, on free ports and in a folder of its own: it checks its answers
# twice, the second time from what is there, and of documents too, is refused beside itself, without
# Redis and on a full disk, outlives its Redis and no service, ends what a demo that was killed left
# running, and leaves nothing running itself.
# usage: tests/integration/demo_test.sh BIN
set -euo pipefail
bin=$1
dir=$(mktemp -d)
up=''
clean_up() {
  # A demo that is still up after a failure ends by itself what it started.
  if [[ -n "$up" ]] && kill -TERM "$up" 2>/dev/null; then
    for ((i = 0; i < 300; i++)); do kill -0 "$up" 2>/dev/null || break; sleep 0.1; done
  fi
  rm -rf "$dir"
}
trap clean_up EXIT

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
  local ready pid left
  for ready in "$dir"/demo/*.ready; do
    pid=$(sed -n 's/.*"pid":\([0-9]*\).*/\1/p' "$ready")
    ! kill -0 "$pid" 2>/dev/null || fail "$ready: process $pid still runs"
  done
  [[ ! -S "$dir/demo/redis.sock" ]] || ! redis-cli -s "$dir/demo/redis.sock" ping >/dev/null 2>&1 ||
    fail "redis-server still runs"
  left=$(find "$dir/demo" -name '*.pid')
  [[ -z "$left" ]] || fail "left behind: $left"
}

# Runs a demo that must refuse with this exit code and one line that says so.
refused() { # CODE TEXT COMMAND...
  local want=$1 text=$2 code=0
  shift 2
  "$@" >"$dir/refused" 2>&1 || code=$?
  [[ $code -eq $want ]] || fail "'$*' ended with $code, want $want: $(cat "$dir/refused")"
  [[ "$(wc -l <"$dir/refused")" -eq 1 ]] || fail "got more than one line: $(cat "$dir/refused")"
  grep -qF "demo: $text" "$dir/refused" || fail "got: $(cat "$dir/refused"), want: $text"
}

base=$(free_base)
demo --check | tee "$dir/first"
grep -q 'every answer was right' "$dir/first" || fail "the first run did not check its answers"
nothing_runs

demo --check >"$dir/second"
grep -q 'is there already' "$dir/second" || fail "the second run loaded again"
nothing_runs

# Ports in use: one clear line, and the other demo lives on.
refused 3 "port $((base + 1)) is in use" \
  demo --quiet --exec deploy/demo --bin "$bin" --dir "$dir/other" --port-base "$base"
nothing_runs

# The exit code is that of the command.
code=0
demo --quiet --exec false || code=$?
[[ $code -eq 1 ]] || fail "--exec false ended with $code, want 1"
nothing_runs

# The regulator's documents in place of the nation: one house with ratings, one that none was given.
mkdir -p "$dir/documents/locations"
cat >"$dir/documents/locations/1-501.json" <<'HOUSE'
{"locationId": "1-501", "providerId": "1-500", "organisationType": "Location", "type": "Social Care Org",
 "name": "Elm House", "registrationStatus": "Registered", "registrationDate": "2011-02-03", "postalCode": "B1 1AA",
 "onspdIcbCode": "E54000055", "onspdIcbName": "NHS Birmingham and Solihull Integrated Care Board",
 "inspectionDirectorate": "Adult social care",
 "currentRatings": {"overall": {"rating": "Good", "reportDate": "2022-05-10", "reportLinkId": "r-1",
   "keyQuestionRatings": [
     {"name": "Safe", "rating": "Requires improvement", "reportDate": "2022-05-10", "reportLinkId": "r-1"},
     {"name": "Effective", "rating": "Good", "reportDate": "2022-05-10", "reportLinkId": "r-1"},
     {"name": "Caring", "rating": "Good", "reportDate": "2022-05-10", "reportLinkId": "r-1"},
     {"name": "Responsive", "rating": "Good", "reportDate": "2022-05-10", "reportLinkId": "r-1"},
     {"name": "Well-led", "rating": "Good", "reportDate": "2022-05-10", "reportLinkId": "r-1"}]}}}
HOUSE
sed -e 's/1-501/1-502/; s/Elm/Oak/' -e '/inspectionDirectorate/s/,$/}/' -e '/currentRatings/,$d' \
  "$dir/documents/locations/1-501.json" >"$dir/documents/locations/1-502.json"
demo --check --data "$dir/documents" >"$dir/documents.out"
for said in 'loading the documents' '^locations/1-501  Elm House' '^overall  Good' \
  '^2 locations, 1 of them rated' 'every answer was right'; do
  grep -q "$said" "$dir/documents.out" || fail "no '$said' of the documents in: $(cat "$dir/documents.out")"
done
nothing_runs
refused 2 "--data got '$dir', want a folder with locations/*.json" demo --check --data "$dir"

# Every program but redis-server.
mkdir "$dir/path"
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do ln -s "$folder"/* "$dir/path/" 2>/dev/null || true; done
rm "$dir/path/redis-server"
refused 1 'redis-server is missing: run deploy/install-packages' env "PATH=$dir/path" deploy/demo --check \
  --bin "$bin" --dir "$dir/demo" --port-base "$base"

# A disk too full to build on, told before anything is installed or built.
mkdir "$dir/full"
printf '#!/bin/sh\nprintf "Filesystem 1048576-blocks Used Available Capacity Mounted\\nx 9 6 3 67%%%% /\\n"\n' >"$dir/full/df"
ln -s "$(command -v false)" "$dir/full/cmake"
chmod +x "$dir/full/df"
refused 1 "the disk of $PWD has 3 MiB left" env "PATH=$dir/full:$PATH" deploy/demo --check \
  --no-install --dir "$dir/demo" --port-base "$base"

# Waits until a file says something, while the demo that writes it is up.
await_line() { # FILE TEXT
  for ((i = 0; i < 600; i++)); do
    ! grep -q "$2" "$1" 2>/dev/null || return 0
    kill -0 "$up" 2>/dev/null || fail "the demo ended: $(cat "$1")"
    sleep 0.1
  done
  fail "no '$2' in: $(cat "$1")"
}
start() { # FILE
  deploy/demo --bin "$bin" --dir "$dir/demo" --port-base "$base" --locations 300 >"$1" 2>&1 &
  up=$!
  await_line "$1" 'Ctrl-C stops everything'
}

# It outlives its Redis, and ends by Ctrl-C.
start "$dir/up"
redis=$(cat "$dir/demo/redis.pid")
kill -KILL "$redis"
await_line "$dir/up" 'redis ended by itself'
for ((i = 0; i < 100; i++)); do
  [[ "$(redis-cli -s "$dir/demo/redis.sock" ping 2>/dev/null)" != PONG ]] || break
  sleep 0.1
done
[[ "$(redis-cli -s "$dir/demo/redis.sock" ping 2>/dev/null)" == PONG ]] || fail "Redis did not come back"
[[ "$(cat "$dir/demo/redis.pid")" != "$redis" ]] || fail "the new Redis has no pid file"
kill -TERM "$up"
wait "$up" || fail "the demo ended with $?: $(cat "$dir/up")"
nothing_runs

# A service that dies takes the demo down, with a line and without leftovers.
for name in framework evidence scoring; do
  start "$dir/without-$name"
  kill -KILL "$(cat "$dir/demo/$name.pid")"
  code=0
  wait "$up" || code=$?
  up=''
  [[ $code -eq 1 ]] || fail "the demo ended with $code after its $name died, want 1"
  [[ "$(grep -c "^demo: $name ended by itself" "$dir/without-$name")" -eq 1 ]] || fail "no word of $name: $(cat "$dir/without-$name")"
  nothing_runs
done

# A demo that was killed leaves its services; the next one ends them, and nobody else's process.
start "$dir/again"
evidence=$(cat "$dir/demo/evidence.pid")
kill -KILL "$up"
wait "$up" 2>/dev/null || true
kill -0 "$evidence" || fail "the services went with the demo, so that there is nothing to test"
framework=$(cat "$dir/demo/framework.pid")
kill -TERM "$framework"
while kill -0 "$framework" 2>/dev/null && [[ -e "/proc/$framework/exe" ]]; do sleep 0.1; done
(cd "$dir/demo" && exec sleep 300) &
stranger=$!
printf '%d\n' "$stranger" >"$dir/demo/framework.pid"
demo --quiet --check 2>"$dir/after" || fail "after a killed demo: $(cat "$dir/after")"
kill -0 "$stranger" || fail "the demo ended a process that is not its own"
kill "$stranger"
for name in redis evidence scoring; do
  grep -q "left $name running" "$dir/after" || fail "no word of $name: $(cat "$dir/after")"
done
! grep -q 'left framework running' "$dir/after" || fail "got: $(cat "$dir/after")"
nothing_runs
printf 'demo_test: ok\n'
