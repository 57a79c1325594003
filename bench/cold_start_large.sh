#!/usr/bin/env bash
# From the start of the program to recommendations with a model of 1 GB: bench/cold_start_large.sh [RUNS]
# Makes a million items and 20,000 listeners, trains iALS with 256 factors on them (some minutes, 4 GB) in a temporary
# folder below TMPDIR, and prints the median and the slowest of RUNS (default 11) in milliseconds, as it is by default
# (bytes first) and with all floats looked at. The file is in the page cache, as it is after a publish.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-11}
program=build/release/ml-analytics
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk 'BEGIN { print "user,item"; for (i = 0; i < 1000000; ++i) print "u" int(i / 50) ",i" i }' >"$work/events.csv"
for scan in auto float32; do
  export DATABASE_URL="sqlite:///$work/$scan.db" ML_MODEL_PATH="$work/$scan"
  "$program" import events-csv "$work/events.csv" >/dev/null 2>&1
  "$program" train --model-type recommendation --algorithm ials \
    --params "{\"factors\": 256, \"epochs\": 1, \"scan\": \"$scan\"}" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  size=$(du -sm "$work/$scan" | cut -f1)
  "$program" recommend --user u1 --algorithm ials --limit 20 >/dev/null
  for _ in $(seq "$runs"); do
    started=$(date +%s%N)
    "$program" recommend --user u2 --algorithm ials --limit 20 >/dev/null
    echo $((($(date +%s%N) - started) / 10000))
  done | sort -n | awk -v scan=$scan -v size="$size" '{ t[NR] = $1 / 100 }
    END { printf "%s scan, %d MB: median %.1f ms, slowest %.1f ms of %d runs\n", scan, size, t[int((NR + 1) / 2)], t[NR], NR }'
  rm -rf "$work/$scan" "$work/$scan.db"
done
