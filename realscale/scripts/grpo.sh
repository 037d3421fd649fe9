#!/usr/bin/env bash
# Starts `python -m realscale.grpo ARGUMENTS...` in all processes of a node; grpo_geometry3k.sh and grpo_mmk12.sh go
# through it.
#
#   CONFIG=.../reasoning/trainer/fsdp.json   of accelerate: weights, gradients and moments are shared out (FSDP 2).
#   PROCESSES=8          processes of this node, one a GPU.
#   NODES=1 NODE=0       nodes, and the number of this one.
#   MASTER=127.0.0.1 PORT=29500   where the first node is met.
#
# A run that was ended goes on from its last checkpoint when it is started again.
#
# From the paper (CLIP-IRM, CVPR 2026): Qwen2.5-VL-7B-Instruct; Geometry3K and MMK12, answered freely; GRPO; a reward
# for each window of tokens from CLIP's log-likelihood of it among V given the image, less a penalty for words of E;
# lambda_proc that falls during training; a divergence from the start (beta).
# Ours, because we know no value of the paper's: every number below, the average of token losses, that the two sets are
# trained on one by one, and that CLIP stays frozen (the paper thaws it late, at a small rate).
# Ours, because the printed form is hackable: form mean, credited to the whole completion, which length does not change;
# task and process rewards each with their own deviation, so that the paper's normalisation of process rewards in a
# batch drops out. As printed: --reward.form printed --combination summed.
# Not run by us: 7 B parameters, a GPU, vLLM, FSDP.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
config=${CONFIG:-$here/../reasoning/trainer/fsdp.json}
processes=${PROCESSES:-8} nodes=${NODES:-1} node=${NODE:-0}
master=${MASTER:-127.0.0.1} port=${PORT:-29500}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-4}

options=(
  --policy Qwen/Qwen2.5-VL-7B-Instruct          # paper
  --clip ViT-L-14-quickgelu                     # paper: CLIP-IRMv2; ours: from OpenAI's weights
  --batch 512 --generations 8 --at-once 4       # ours: 64 problems a step
  --length 1024 --temperature 1.0               # ours
  --rate 1e-6 --warmup 10 --largest-norm 1.0    # ours
  --beta 0.01 --loss dapo --scale group         # paper: beta above 0; ours: its value, the average of losses
  --weight 0.5 --final-weight 0.1               # paper: falls; ours: from where to where, along a straight line
  --combination separate --reward.form mean     # ours, see above
  --reward.width 16 --reward.stride 4           # ours
  --reward.temperature 0.01 --reward.penalty 0.1 # ours: CLIP's own; alpha
  --precision bfloat16 --checkpointing --vllm   # ours
  --save-every 20 --log-every 1
)
exec accelerate launch --config_file "$config" --num_processes "$((processes * nodes))" --num_machines "$nodes" \
  --machine_rank "$node" --main_process_ip "$master" --main_process_port "$port" -m realscale.grpo "${options[@]}" "$@"
