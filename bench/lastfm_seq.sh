#!/usr/bin/env bash
# The next item of every listener of the ordered LastFM data (leave-one-out, the full catalogue ranked, the history
# masked, ties broken against us): bench/lastfm_seq.sh
# Parameters were chosen on the second- and third-last item of each listener, weights of the blends are learnt on train.
set -euo pipefail
cd "$(dirname "$0")/.."
data=../shared/data/recsys/lastfm-seq/LastFM.txt.gz
[ -f "$data" ] || { echo "skipped: no $data"; exit 0; }
evaluate() {
  build/release/ml-analytics evaluate --protocol leave-one-out --data "$data" "$@"
}
echo "published ndcg@10 / hr@10: Pop .0203/.0440, BERT4Rec .0337/.0633, SASRec .0390/.0688, S3-Rec .0427/.0743"
evaluate --algorithm popularity,ease,session_knn,markov
echo "hybrid of ease and markov:"
evaluate --algorithm hybrid --params '{"parts": "ease,markov"}'
echo "hybrid as it comes:"
evaluate --algorithm hybrid
echo "chosen without a hint:"
evaluate --algorithm auto --budget-seconds 120
