#!/usr/bin/env bash
# What a server does on this machine, with wrk on the same cores: bench/serve.sh [cached|uncached|events|idle|memory|peer …]
# Makes 100,000 items and 40,000 listeners in a temporary folder, trains iALS (128 factors, bytes looked at first), serves
# them and prints a row for each part, all without one; about four minutes, half of them for `memory`. `peer` asks a
# FastAPI + implicit server (bench/peers) the same in the same run. Quiet machines only: the load before is printed.
set -euo pipefail
cd "$(dirname "$0")/.."
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(cached uncached events idle memory peer)
items=100000
listeners=40000
program=build/release/ml-analytics
for needed in "$program" build/release/bench/http_load; do
  [ -x "$needed" ] || { echo "build first: cmake --preset release -DMLA_BUILD_BENCH=ON && cmake --build --preset release" >&2; exit 1; }
done
for tool in wrk curl awk python3; do
  command -v $tool >/dev/null || { echo "skipped: no $tool (tools/install.sh all)"; exit 0; }
done
ulimit -n "$(ulimit -Hn)"

work=$(mktemp -d)
server=
stop() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true; }
  server=
}
finish() {
  # All that it started, also what it waits for when a signal comes.
  for child in $(</proc/$$/task/$$/children); do kill "$child" 2>/dev/null || true; done
  stop
  rm -rf "$work"
}
trap finish EXIT
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }; }

export DATABASE_URL="sqlite:///$work/bench.db" ML_MODEL_PATH="$work/models" LOG_LEVEL=info
export API_RATE_LIMIT=1000000000 # one client asks for all listeners
# A hundred circles of listeners, each with a thousand items of its own, of which the first are played most; every fifth
# play is of anything. The first 5,000 listeners played last: whose opinions a server forms at its start.
awk -v items=$items -v listeners=$listeners -v now="$(date +%s)" 'BEGIN {
  srand(1)
  print "user,item,timestamp"
  for (u = 0; u < listeners; ++u) {
    age = u < 5000 ? 1 : 30
    for (k = 0; k < 15; ++k) {
      r = rand()
      item = rand() < .2 ? int(items * rand()) : u % 100 * (items / 100) + int(items / 100 * r * r)
      printf "u%d,i%d,%d\n", u, item, now - 86400 * (age + 20 * rand())
    }
  }
}' >"$work/events.csv"
awk -v items=$items 'BEGIN {
  print "id,title,artist,album"
  for (i = 0; i < items; ++i) printf "i%d,Song number %d,Artist %d,Album %d\n", i, i, i / 12, i / 10
}' >"$work/items.csv"
quietly "$program" import catalogue-csv "$work/items.csv"
quietly "$program" import events-csv "$work/events.csv"
quietly "$program" train --model-type recommendation --algorithm ials --params '{"factors":128,"epochs":4,"scan":"int8"}'

port=18475
# start OPTION…: the program, waited for until it is warm.
start() {
  "$program" serve --port $port "$@" >"$work/serve.log" 2>&1 &
  server=$!
  for _ in $(seq 600); do
    grep -q "model warm" "$work/serve.log" && break
    kill -0 "$server" 2>/dev/null || { cat "$work/serve.log" >&2 && exit 1; }
    sleep 0.1
  done
  TOKEN=$("$program" token create --user admin --minutes 600)
  export TOKEN
}
kilobytes() { awk '/^VmRSS/ { print $2 }' "/proc/$server/status"; }
# ask SECONDS FIRST COUNT: listeners in turn by wrk; "requests seconds p50 p99 failed".
ask() {
  wrk --threads 1 --connections "${connections:-32}" --duration "$1" --script bench/serve/ask.lua "http://127.0.0.1:$port" -- \
    "${path:-/ml-analytics/users/u%d/recommendations?limit=20&algorithm=ials}" "$2" "$3" | tail -1
}
row() { printf '| %-58s | %-44s | %s\n' "$1" "$2" "${3:-}|"; }
rate() { awk '{ printf "%.0f/s, p50 %.2f ms, p99 %.2f ms, %d not answered 200", $1 / $2, $3, $4, $5 }' <<<"$1"; }

cached() {
  start
  ask 2s 0 500 >/dev/null
  row "an answer that was given before, wrk" "$(rate "$(ask 15s 0 500)")" "≥ 15,000/s "
  stop
}

uncached() {
  start
  row "a listener's first question, wrk, 32 connections" "$(rate "$(ask 8s 5000 8000)")"
  row "the same, 16 connections" "$(rate "$(connections=16 ask 8s 13000 8000)")" "≥ 1,000/s, p99 ≤ 50 ms "
  row "the same at a constant rate: bench/http_load --rate 900" ""
  seq -f 'u%.0f' 21000 39999 >"$work/users"
  build/release/bench/http_load --port $port --users "$work/users" --algorithm ials --rate 900 --seconds 15
  stop
}

events() {
  start
  local stored said
  count() { curl -sf -H "Authorization: Bearer $TOKEN" "http://127.0.0.1:$port/ml-analytics/monitoring/health" |
    sed -E 's/.*"events":([0-9]+).*/\1/'; }
  stored=$(count)
  said=$(wrk --threads 1 --connections 32 --duration 12s --script bench/serve/events.lua "http://127.0.0.1:$port" | tail -1)
  stored=$(($(count) - stored))
  row "events in batches of 1,000, durable when answered" "$(awk '{ printf "%.0f/s, p99 %.0f ms, %d not answered 200", 1000 * $1 / $2, $4, $5 }' <<<"$said"), stored $stored" "≥ 50,000/s "
  stop
}

idle() {
  start --set server.max_connections=12000 --set server.keep_alive_timeout=300
  local before
  before=$(kilobytes)
  row "10,000 connections that asked once and wait" "$(python3 bench/serve/idle.py $port 10000 "$server"), before $((before / 1024)) MiB" "≤ 200 MB "
  stop
}

memory() {
  start
  local asked=0 early now
  ask 1s 0 500 >/dev/null # some 10,000
  early=$(kilobytes)
  while [ $asked -lt 1000000 ] && [ $SECONDS -lt $((began + 400)) ]; do
    asked=$((asked + $(ask 10s 0 500 | cut -d' ' -f1)))
  done
  now=$(kilobytes)
  row "memory after 10,000 and $asked requests more" "$((early / 1024)), $((now / 1024)) MiB ($(awk "BEGIN { printf \"%+.1f\", 100 * ($now / $early - 1) }") %)" "± 5 % "
  stop
}

peer() {
  local venv ours first
  venv=$(bench/peers/install.sh) || { echo "$venv" && return; }
  start
  ask 2s 0 500 >/dev/null
  ours=$(ask 10s 0 500)
  first=$(ask 10s 5000 16000)
  stop
  "$venv/bin/python" bench/peers/fastapi_server.py $port "$work/items.csv" "$work/events.csv" >"$work/serve.log" 2>&1 &
  server=$!
  for _ in $(seq 1200); do
    curl -sf "http://127.0.0.1:$port/users/u1/recommendations" >/dev/null && break
    kill -0 "$server" 2>/dev/null || { cat "$work/serve.log" >&2 && exit 1; }
    sleep 0.1
  done
  local theirs again path='/users/u%d/recommendations?limit=20'
  theirs=$(ask 10s 5000 16000)
  path+='&remember=true'
  ask 2s 0 500 >/dev/null
  again=$(ask 10s 0 500)
  stop
  row "FastAPI and implicit, 2 processes: every question" "$(rate "$theirs")"
  row "ours in the same run: a first question, given before" "$(rate "$first"); $(rate "$ours")"
  row "ours given before ÷ its every question" "$(awk '{ print $1 / $2 }' <<<"$ours"$'\n'"$theirs" | paste -sd' ' | awk '{ printf "%.1f times", $1 / $2 }')" "≥ 10 "
  row "FastAPI with a dictionary of answers in each process" "$(rate "$again")"
}

began=$SECONDS
echo "$(nproc) cores shared by server and client; load before: $(cut -d' ' -f1-2 /proc/loadavg)"
for part in "${parts[@]}"; do
  case "$part" in
    cached | uncached | events | idle | memory | peer) began=$SECONDS && "$part" ;;
    *) echo "serve.sh: unknown part '$part'" >&2 && exit 2 ;;
  esac
done
