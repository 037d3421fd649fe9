#!/usr/bin/env bash
# GRPO of Qwen2.5-VL-7B-Instruct on MMK12 (6.4 K of its problems in the paper), as grpo_geometry3k.sh.
#
#   bash grpo_mmk12.sh ROOT VOCABULARY CLIP OUT [further options of python -m realscale.grpo, such as --dry-run]
#
# The paper's choice of 6.4 K problems is not known: all of the train split are taken (--count: the first so many). Its
# train split is answered by values, but for a few problems whose options stand in the question.
# What OUT/policy answers: `python -m realscale.reasoning.answer prompts`.
set -euo pipefail
if (($# < 4)); then
  echo "usage: bash grpo_mmk12.sh ROOT VOCABULARY CLIP OUT [options of python -m realscale.grpo]" >&2
  exit 2
fi
root=$1 vocabulary=$2 clip=$3 out=$4
shift 4
exec bash "$(dirname "$0")/grpo.sh" --data mmk12 --root "$root" --vocabulary "$vocabulary" \
  --clip-pretrained "$clip" --out "$out" --steps 500 "$@" # ours
