#!/usr/bin/env bash
# Starts `python -m realscale.midtrain ARGUMENTS...` in all processes of a node; clip_irm_v1.sh and v2 go through it.
#
#   LAUNCHER=torchrun    torchrun or accelerate; the training is the same (data parallel: every process holds the model
#                        and the optimiser, codes and gradients are exchanged). FSDP and other sharding of the weights
#                        are not supported: ViT-L/14 with AdamW needs 7 GB of them a process.
#   PROCESSES=8          processes of this node, one a GPU.
#   NODES=1 NODE=0       nodes, and the number of this one.
#   MASTER=127.0.0.1 PORT=29500   where the first node is met.
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
  exec accelerate launch --multi_gpu --num_processes "$((processes * nodes))" --num_machines "$nodes" \
    --machine_rank "$node" --main_process_ip "$master" --main_process_port "$port" -m realscale.midtrain "$@"
  ;;
*)
  echo "LAUNCHER is $launcher; expected torchrun or accelerate" >&2
  exit 2
  ;;
esac
