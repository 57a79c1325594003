#!/usr/bin/env bash
# Latency of served recommendations at a constant arrival rate: bench/load.sh [RATE] [SECONDS] [ALGORITHM]
# Imports and trains on HetRec Last.fm in a temporary folder, starts the program on loopback, prints a latency table.
set -euo pipefail
cd "$(dirname "$0")/.."
rate=${1:-1000}
seconds=${2:-20}
algorithm=${3:-hybrid}
data=../shared/data/recsys/hetrec-lastfm
program=build/release/ml-analytics
[ -d "$data" ] || { echo "skipped: no $data"; exit 0; }

work=$(mktemp -d)
server=
finish() {
  # All that it started, also what it waits for when a signal comes.
  for child in $(</proc/$$/task/$$/children); do kill "$child" 2>/dev/null || true; done
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
export DATABASE_URL="sqlite:///$work/bench.db" ML_MODEL_PATH="$work/models" LOG_LEVEL=info
export API_RATE_LIMIT=1000000000 # one client asks for all listeners
zcat "$data/user_artists.dat.gz" | awk 'NR > 1 { print $1 }' | sort -un >"$work/users"
"$program" import lastfm-hetrec "$data" >"$work/import.log" 2>&1 || { cat "$work/import.log"; exit 1; }
"$program" train --model-type recommendation --algorithm "$algorithm" >"$work/train.log" 2>&1 ||
  { cat "$work/train.log"; exit 1; }

port=18473
"$program" serve --port $port >"$work/serve.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  curl -fs "http://127.0.0.1:$port/health/ready" >/dev/null 2>&1 && break
  kill -0 "$server" 2>/dev/null || { cat "$work/serve.log"; exit 1; }
  sleep 0.1
done
echo "model: $algorithm on HetRec Last.fm, $(wc -l <"$work/users") users; $(nproc) cores shared by server and client"
TOKEN=$("$program" token create --user admin --minutes 600)
export TOKEN
load() {
  echo "$1"
  shift
  build/release/bench/http_load --port $port --users "$work/users" "$@"
}
for _ in $(seq 200); do
  grep -q "model warm" "$work/serve.log" && break
  sleep 0.1
done
load "latest listeners, opinions formed at the start:" --rate "$rate" --seconds "$seconds"
load "the same while every 50th request is an event, after which that listener's next question is a new one:" \
  --rate "$rate" --seconds "$seconds" --events-every 50
# Another limit is another question. Users are asked in turn: for 9 seconds at 200 a second each is a new one.
load "first questions only:" --rate 200 --seconds 7 --limit 21
