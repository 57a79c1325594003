#!/usr/bin/env bash
# Trainings that are killed with kill -9 at a random moment: bench/publishes.sh [COUNT] [SECONDS]
# Each publishes a version of a model in a temporary folder; after each kill every version there is verified byte by
# byte. Prints how many were whole, absent and torn, and how many kills met a version that was being written. Ends after
# COUNT kills (1000) or SECONDS (170), whichever comes first. Fails if anything is torn or the champion is gone.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-1000}
seconds=${2:-170}
program=$PWD/build/release/ml-analytics
RANDOM=7

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DATABASE_URL="sqlite:///$work/bench.db" ML_MODEL_PATH="$work/models"
# 60 listeners, 3,000 items.
awk 'BEGIN { srand(1); print "user,item"; for (u = 0; u < 60; ++u) for (i = 0; i < 50; ++i) print "u" u ",i" u * 50 + i }' \
  >"$work/events.csv"
mkfifo "$work/nothing"
exec 8<>"$work/nothing" 9>/dev/null

train() { exec "$program" train --model-type recommendation --algorithm popularity --data-path "$work/events.csv"; }
milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }
pause() { read -r -t "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))" -u 8 _ || true; } # of milliseconds
newest() { # the highest number of a version, 0 without one
  local most=0 folder
  for folder in "$ML_MODEL_PATH"/popularity/[0-9]*; do
    [ -d "$folder" ] && [ "${folder##*/}" -gt "$most" ] && most=${folder##*/}
  done
  echo "$most"
}

began=$(milliseconds)
for _ in 1 2 3; do (train) >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; done
lasts=$((($(milliseconds) - began) / 3))

begun=0 whole=0 absent=0 torn=0 ended=0 writing=0
until [ $begun -ge "$count" ] || [ $(($(milliseconds) - began)) -ge $((1000 * seconds)) ]; do
  before=$(newest)
  train >&9 2>&1 &
  process=$!
  pause $((RANDOM % (lasts * 6 / 5 + 1)))
  kill -9 $process 2>&9 || true
  if wait $process 2>&9; then ended=$((ended + 1)); fi
  begun=$((begun + 1))
  if compgen -G "$ML_MODEL_PATH/popularity/.tmp-$process-*" >&9; then writing=$((writing + 1)); fi
  if [ "$(newest)" -gt "$before" ]; then whole=$((whole + 1)); else absent=$((absent + 1)); fi
  if ! "$program" models verify popularity >"$work/log" 2>&1; then
    torn=$((torn + 1))
    cat "$work/log" >&2
  fi
  if [ $((begun % 20)) -eq 0 ]; then "$program" models remove-old popularity --keep 2 >&9; fi
done
left=$(find "$ML_MODEL_PATH/popularity" -maxdepth 1 -name '.tmp-*' | wc -l)
(train) >&9 2>&1
cleaned=$(find "$ML_MODEL_PATH/popularity" -maxdepth 1 -name '.tmp-*' | wc -l)
"$program" models list popularity | grep -q champion || { echo "no champion is left" >&2 && exit 1; }

printf '%d publishes of %d ms, killed at a random moment; %d s in all\n' $begun "$lasts" \
  $((($(milliseconds) - began) / 1000))
printf '  whole   %5d (%d of them had ended before the kill)\n' $whole $ended
printf '  absent  %5d\n' $absent
printf '  torn    %5d\n' $torn
printf '  killed while a version was being written: %d; left over at the end: %d, after one more publish: %d\n' $writing \
  "$left" "$cleaned"
[ $torn -eq 0 ] && [ "$cleaned" -eq 0 ]
