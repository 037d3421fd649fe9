#!/usr/bin/env bash
# CLIP-IRMv1: eq. 11 on ViT-B/16 from LAION-type shards.
#
#   bash clip_irm_v1.sh SHARDS VOCABULARY OUT [further options of python -m realscale.midtrain, such as --dry-run]
#
# SHARDS: folder of tar files as img2dataset writes them. VOCABULARY: YAML of `python -m realscale.vocabulary mine`,
# reviewed. How it is launched: launch.sh.
#
# From the paper (CLIP-IRM, CVPR 2026): the architecture, mid-training of a pretrained CLIP, eq. 11.
# Ours, because we know no value of the paper's: which weights it starts from (OpenAI's), and every number below.
set -euo pipefail
shards=$1 vocabulary=$2 out=$3
shift 3

options=(
  --architecture ViT-B-16-quickgelu --pretrained openai # paper: ViT-B/16; ours: OpenAI's weights, QuickGELU
  --recipe pruned                                       # paper: eq. 11
  --trade-off 1.0                                       # ours: lambda
  --steps 10000 --batch 4096                            # ours: 41 M pairs whose captions name a class
  --rate 1e-5 --warmup 500 --weight-decay 0.1 --clip 1.0 # ours: far below training from scratch (5e-4)
  --precision bfloat16 --chunk 256                      # ours: no influence but rounding
  --ema 0.999                                           # ours: exported beside the last weights
  --readers 64 --buffer 4000                            # ours: parts of the shards, each with a thread; 8 a process of 8
  --checkpoint-every 250 --log-every 10
)
exec bash "$(dirname "$0")/launch.sh" --data "$shards" --layout shards --vocabulary "$vocabulary" --out "$out" \
  "${options[@]}" "$@"
