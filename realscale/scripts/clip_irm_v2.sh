#!/usr/bin/env bash
# CLIP-IRMv2: eq. 11 on ViT-L/14 from LAION-type shards; as clip_irm_v1.sh, on two nodes of 8 GPUs by default.
#
#   bash clip_irm_v2.sh SHARDS VOCABULARY OUT [further options of python -m realscale.midtrain, such as --dry-run]
#
# From the paper (CLIP-IRM, CVPR 2026): the architecture, mid-training of a pretrained CLIP, eq. 11.
# Ours, because we know no value of the paper's: which weights it starts from (OpenAI's), and every number below.
set -euo pipefail
shards=$1 vocabulary=$2 out=$3
shift 3
export NODES=${NODES:-2}

options=(
  --architecture ViT-L-14-quickgelu --pretrained openai # paper: ViT-L/14; ours: OpenAI's weights, QuickGELU
  --recipe pruned                                       # paper: eq. 11
  --trade-off 1.0                                       # ours: lambda
  --steps 10000 --batch 4096                            # ours: 41 M pairs whose captions name a class
  --rate 4e-6 --warmup 500 --weight-decay 0.1 --clip 1.0 # ours: below v1's, for the larger model
  --precision bfloat16 --chunk 64                       # ours: no influence but rounding
  --ema 0.999                                           # ours: exported beside the last weights
  --readers 128 --buffer 4000                           # ours: parts of the shards, each with a thread; 8 a process of 16
  --checkpoint-every 250 --log-every 10
)
exec bash "$(dirname "$0")/launch.sh" --data "$shards" --layout shards --vocabulary "$vocabulary" --out "$out" \
  "${options[@]}" "$@"
