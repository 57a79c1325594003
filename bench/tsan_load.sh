#!/usr/bin/env bash
# A server built with the thread sanitizer under mixed load: bench/tsan_load.sh [SECONDS] (default 60).
# Recommendations and events at a constant rate, uploads, bulk tracks, a person's erasure, jobs, readers of health and
# metrics, and a model that changes every few seconds, beside a Redis of its own, which is stopped for a while. Prints how
# many requests were answered how, and every report of the sanitizer; exits 1 if there is one. Needs
#   cmake --preset release -DMLA_BUILD_BENCH=ON && cmake --build --preset release --target ml-analytics http_load
#   cmake --preset tsan && cmake --build --preset tsan --target ml-analytics
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
program=build/tsan/ml-analytics
load=build/release/bench/http_load
for needed in $program $load build/release/ml-analytics; do
  [ -x $needed ] || { echo "build $needed first: see bench/tsan_load.sh" >&2; exit 1; }
done
if [ -z "${MLA_TEST_REDIS:-}" ]; then
  command -v redis-server >/dev/null || { echo "skipped: no redis-server (tools/install.sh all)"; exit 0; }
  exec tools/redis.py "$0" "$@"
fi

work=$(mktemp -d)
server=
clients=()
finish() {
  # All that it started, also what it waits for when a signal comes.
  for child in $(</proc/$$/task/$$/children); do kill "$child" 2>/dev/null || true; done
  for process in "${clients[@]}" $server; do kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT
export DATABASE_URL="sqlite:///$work/bench.db" ML_MODEL_PATH="$work/models" LOG_LEVEL=info REDIS_URL=$MLA_TEST_REDIS
export API_RATE_LIMIT=1000000000 # one client asks for all listeners
export TSAN_OPTIONS="suppressions=$PWD/tools/sanitizers/tsan.supp:halt_on_error=0:exitcode=66:second_deadlock_stack=1"
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }; }
quietly build/release/ml-analytics import demo
for algorithm in popularity item_knn; do
  quietly build/release/ml-analytics train --model-type recommendation --algorithm $algorithm
done
quietly build/release/ml-analytics train --model-type recommendation --algorithm item_knn
seq -f 'demo-listener-%03.0f' 1 60 >"$work/users"
# A second of a tone, 8 kHz, 16 bits.
python3 - "$work/tone.wav" <<'PYTHON'
import math, sys, wave
with wave.open(sys.argv[1], "wb") as tone:
    tone.setparams((1, 2, 8000, 0, "NONE", ""))
    tone.writeframes(b"".join(int(20000 * math.sin(i / 3)).to_bytes(2, "little", signed=True) for i in range(8000)))
PYTHON

port=18476
$program serve --port $port >"$work/serve.log" 2>&1 &
server=$!
for _ in $(seq 600); do
  grep -q "model warm" "$work/serve.log" && break
  kill -0 $server 2>/dev/null || { cat "$work/serve.log" >&2 && exit 1; }
  sleep 0.1
done
TOKEN=$($program token create --user admin --minutes 60)
export TOKEN

# ask NAME CURL_ARGUMENT…: notes "NAME STATUS".
ask() {
  local name=$1
  shift
  printf '%s %s\n' "$name" "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $TOKEN" "$@")" >>"$work/statuses"
}
api=http://127.0.0.1:$port/ml-analytics
# again PAUSE FUNCTION: until the end.
again() {
  while sleep "$1"; do "$2"; done
}
uploads() { ask upload -F "file=@$work/tone.wav" "$api/audio/analyze"; }
reads() {
  ask health "http://127.0.0.1:$port/health"
  ask metrics "http://127.0.0.1:$port/metrics"
  ask figures "$api/monitoring/metrics"
  ask jobs "$api/jobs"
  ask popular "$api/recommendations/popular"
}
tracks() {
  printf '{"track_id":"new-%s","track_name":"New","artist_name":"New"}\n' $RANDOM $RANDOM |
    ask tracks -X PUT -H 'Content-Type: application/x-ndjson' --data-binary @- "$api/tracks"
}
erasure() { ask erasure -X DELETE "$api/users/$(shuf -n 1 "$work/users")"; }
jobs() { ask job -X POST -H 'Content-Type: application/json' -d '{}' "$api/models/popularity/train"; }
swaps() {
  ask rollback -X POST "$api/models/item_knn/rollback"
  sleep 3
  ask promote -X POST -H 'Content-Type: application/json' -d '{"version":2,"force":true}' "$api/models/item_knn/promote"
}
redis_away() {
  kill -STOP "$MLA_TEST_REDIS_PID"
  sleep 2
  kill -CONT "$MLA_TEST_REDIS_PID"
}
for client in "0.2 uploads" "0.3 reads" "0.5 tracks" "4 erasure" "8 jobs" "3 swaps" "7 redis_away"; do
  # shellcheck disable=SC2086
  again $client &
  clients+=($!)
done
again_load() { $load --port $port --users "$work/users" --algorithm item_knn --warmup 0 --connections 24 "$@"; }
rc=0
again_load --rate 40 --seconds "$seconds" --events-every 3 || rc=1
for process in "${clients[@]}"; do kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true; done
kill -CONT "$MLA_TEST_REDIS_PID"
clients=()
sort "$work/statuses" | uniq -c
kill -TERM $server
wait $server || { echo "the server ended with $?" >&2 && rc=1; }
server=
reports=$(grep -c "WARNING: ThreadSanitizer" "$work/serve.log" || true)
echo "reports of the thread sanitizer: $reports"
[ "$reports" -eq 0 ] || { sed -n '/WARNING: ThreadSanitizer/,/^=*$/p' "$work/serve.log" | head -400 && rc=1; }
exit $rc
