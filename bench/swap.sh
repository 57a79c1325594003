#!/usr/bin/env bash
# Promotion and rollback while requests come in at a constant rate: bench/swap.sh [RATE] [SECONDS]
# Imports HetRec Last.fm in a temporary folder and trains two versions of the hybrid; prints a latency table without a
# swap, and one while the champion changes every 5 seconds. Fails if a request fails.
set -euo pipefail
cd "$(dirname "$0")/.."
rate=${1:-1000}
seconds=${2:-30}
data=../shared/data/recsys/hetrec-lastfm
program=build/release/ml-analytics
[ -d "$data" ] || { echo "skipped: no $data"; exit 0; }

work=$(mktemp -d)
server=
swapper=
finish() {
  # All that it started, also what it waits for when a signal comes.
  for child in $(</proc/$$/task/$$/children); do kill "$child" 2>/dev/null || true; done
  for process in $swapper $server; do kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT
export DATABASE_URL="sqlite:///$work/bench.db" ML_MODEL_PATH="$work/models" LOG_LEVEL=info
export API_RATE_LIMIT=1000000000 # one client asks for all listeners
zcat "$data/user_artists.dat.gz" | awk 'NR > 1 { print $1 }' | sort -un >"$work/users"
"$program" import lastfm-hetrec "$data" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
for _ in 1 2; do
  "$program" train --model-type recommendation >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done

port=18474
"$program" serve --port $port >"$work/serve.log" 2>&1 &
server=$!
for _ in $(seq 600); do
  grep -q "model warm" "$work/serve.log" && break
  kill -0 "$server" 2>/dev/null || { cat "$work/serve.log"; exit 1; }
  sleep 0.1
done
TOKEN=$("$program" token create --user admin --minutes 600)
export TOKEN
load() { build/release/bench/http_load --port $port --users "$work/users" --rate "$rate" --seconds "$seconds"; }
echo "without a swap ($(nproc) cores shared by server and client):"
load
(
  while sleep 5; do
    "$program" models rollback hybrid >>"$work/swaps" && sleep 5 && "$program" models promote hybrid/2 --force >>"$work/swaps"
  done
) &
swapper=$!
echo "while the champion changes every 5 seconds:"
load
echo "changes: $(wc -l <"$work/swaps"); swapped in by the server: $(($(grep -c "model loaded" "$work/serve.log") - 1))"
