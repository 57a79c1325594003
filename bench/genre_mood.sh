#!/usr/bin/env bash
# Learns genre and mood from Emotify and prints the figures of 10 x 5 folds by artist: bench/genre_mood.sh [FOLDER].
# With a FOLDER the model is written there; share/models/audio was made so.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$(mktemp -d)/audio}
"$root/build/release/ml-analytics" train --model-type audio --output-path "$out" \
  --data-path "$root/../shared/data/audio/emotify-dev/labels.csv" --params '{
    "targets": ["solemnity", "tenderness", "nostalgia", "calmness", "power", "joyful_activation", "tension", "sadness"],
    "data": "Emotify (Aljanaki, Wiering, Veltkamp 2016): 220 excerpts of Magnatune recordings",
    "licence": "CC BY-NC-SA: non-commercial use only"}'
