#!/usr/bin/env bash
# From the start of the program to recommendations for one listener of HetRec Last.fm: bench/cold_start.sh [RUNS]
# Imports and trains in a temporary folder; prints the median and the slowest of RUNS (default 21) in milliseconds.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-21}
data=../shared/data/recsys/hetrec-lastfm
program=build/release/ml-analytics
[ -d "$data" ] || { echo "skipped: no $data"; exit 0; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DATABASE_URL="sqlite:///$work/bench.db" ML_MODEL_PATH="$work/models"
"$program" import lastfm-hetrec "$data" >/dev/null
"$program" train --model-type recommendation >/dev/null
for _ in $(seq "$runs"); do
  started=$(date +%s%N)
  "$program" recommend --user 2 --limit 20 >/dev/null
  echo $((($(date +%s%N) - started) / 10000))
done | sort -n | awk '{ t[NR] = $1 / 100 } END { printf "cold start: median %.1f ms, slowest %.1f ms of %d runs\n", t[int((NR + 1) / 2)], t[NR], NR }'
