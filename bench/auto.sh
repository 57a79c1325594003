#!/usr/bin/env bash
# What --algorithm auto chooses without a hint, and what it is worth on test data that it never sees: bench/auto.sh
# Side by side with published parameters, which are chosen by nobody here. HetRec: build/release/bench/hetrec_seeds.
set -euo pipefail
cd "$(dirname "$0")/.."
data=../shared/data/recsys
[ -d "$data" ] || { echo "skipped: no $data"; exit 0; }
gowalla() {
  build/release/ml-analytics evaluate --train "$data/gowalla/train.csv.gz" --test "$data/gowalla/test.csv.gz" "$@"
}
lastfm() {
  build/release/ml-analytics evaluate --protocol leave-one-out --data "$data/lastfm-seq/LastFM.txt.gz" "$@"
}
echo "== Gowalla, chosen on a validation part of train"
gowalla --algorithm auto --budget-seconds "${BUDGET:-1200}"
echo "== Gowalla, published parameters: BSPM (k = 448, beta .2, T 2.5)"
gowalla --algorithm bspm
echo "== Gowalla, iALS d = 512 as it comes, and with what a validation part of train prefers (models_bench --validation)"
gowalla --algorithm ials --params '{"factors": 512}'
gowalla --algorithm ials --params '{"factors": 512, "regularization": 0.02, "frequency_exponent": 0.8}'
echo "== Gowalla, both blended, weights learnt on train (iALS with the best of ten settings on a validation part)"
gowalla --algorithm hybrid --params '{"parts": "bspm,ials", "bspm.factors": 448, "bspm.beta": 0.2, "bspm.sharpening": 2.5, "ials.factors": 512, "ials.frequency_exponent": 0.8, "ials.regularization": 0.02}'
echo "== LastFM, the next item"
lastfm --algorithm auto --budget-seconds "${BUDGET:-1200}"
