#!/usr/bin/env bash
# Starts `python -m realscale.midtrain ARGUMENTS...` in all processes of a node; clip_irm_v1.sh and v2 go through it.
#
#   LAUNCHER=torchrun    torchrun or accelerate; the training is the same. accelerate starts processes as torchrun does,
#                        and its own settings decide nothing: precision and batch are options of the command.
#                        (`accelerate launch --cpu --num_processes 2` starts one process, which trains alone. Processes
#                        without GPUs: this file with `--device cpu`; they talk by gloo.)
#   PROCESSES=8          processes of this node, one a GPU.
#   NODES=1 NODE=0       nodes, and the number of this one.
#   MASTER=127.0.0.1 PORT=29500   where the first node is met.
#
# Data parallel: every process holds the model and the optimiser; codes, and then gradients, are exchanged. Weights are
# not sharded, and FSDP, DeepSpeed and Megatron are refused: gathered codes and chunks leave one chunk's activations in
# memory, whatever the batch, so that sharding would save little. `--dry-run` says for 8 processes of clip_irm_v1.sh
# (ViT-B/16) 27 GB each, 3.3 GB of it weights, gradients, moments and running mean; for 16 of clip_irm_v2.sh (ViT-L/14)
# 31 GB each, 9.4 GB of it those. Towers whose share alone is too much, from some 2 billion parameters on, need a loop
# that shards.
#
# A run that was ended goes on from its last checkpoint when it is started again, with any number of processes that
# divides --readers. SIGTERM writes a checkpoint first.
set -euo pipefail

launcher=${LAUNCHER:-torchrun} processes=${PROCESSES:-8} nodes=${NODES:-1} node=${NODE:-0}
master=${MASTER:-127.0.0.1} port=${PORT:-29500}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-4}

case $launcher in
torchrun)
  exec torchrun --nproc_per_node "$processes" --nnodes "$nodes" --node_rank "$node" \
    --master_addr "$master" --master_port "$port" -m realscale.midtrain "$@"
  ;;
accelerate)
  exec accelerate launch --multi_gpu --mixed_precision no --dynamo_backend no \
    --num_processes "$((processes * nodes))" --num_machines "$nodes" --machine_rank "$node" --same_network \
    --main_process_ip "$master" --main_process_port "$port" -m realscale.midtrain "$@"
  ;;
*)
  echo "LAUNCHER is $launcher; expected torchrun or accelerate" >&2
  exit 2
  ;;
esac
