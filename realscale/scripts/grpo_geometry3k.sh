#!/usr/bin/env bash
# GRPO of Qwen2.5-VL-7B-Instruct on Geometry3K (2.1 K problems), answered freely, with the process reward of CLIP-IRM.
#
#   bash grpo_geometry3k.sh ROOT VOCABULARY CLIP OUT [further options of python -m realscale.grpo, such as --dry-run]
#
# ROOT: the set, `python -m realscale.reasoning.benchmarks list`. VOCABULARY: YAML of `python -m realscale.vocabulary`,
# reviewed, of the words of geometry. CLIP: weights of clip_irm_v2.sh. How it is launched, and every choice: grpo.sh.
# What OUT/policy answers: `python -m realscale.reasoning.answer prompts`.
set -euo pipefail
if (($# < 4)); then
  echo "usage: bash grpo_geometry3k.sh ROOT VOCABULARY CLIP OUT [options of python -m realscale.grpo]" >&2
  exit 2
fi
root=$1 vocabulary=$2 clip=$3 out=$4
shift 4
exec bash "$(dirname "$0")/grpo.sh" --data geometry3k --root "$root" --vocabulary "$vocabulary" \
  --clip-pretrained "$clip" --out "$out" --steps 500 "$@" # ours: 15 times through the set
