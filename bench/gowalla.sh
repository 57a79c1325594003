#!/usr/bin/env bash
# NDCG@20 on Gowalla (LightGCN's split, all users) with the program itself: bench/gowalla.sh
# Parameters were found on validation parts of train only.
set -euo pipefail
cd "$(dirname "$0")/.."
data=../shared/data/recsys/gowalla
[ -d "$data" ] || { echo "skipped: no $data"; exit 0; }
evaluate() {
  build/release/ml-analytics evaluate --train "$data/train.csv.gz" --test "$data/test.csv.gz" --json "$@"
}
evaluate --algorithm popularity
evaluate --algorithm item_knn
evaluate --algorithm ials
evaluate --algorithm ials --params '{"factors": 256}'
evaluate --algorithm ials --params '{"factors": 512}'
evaluate --algorithm hybrid
