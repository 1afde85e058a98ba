#!/usr/bin/env bash
# A check as an array of Slurm jobs, a shard each. Replace what is in capitals; then, where .fencepost is a clone that is built:
#
#   id=$(sbatch --parsable slurm-array.sh)
#   sbatch --dependency="afterok:$id" slurm-merge.sh "$id"
#
# A node may be lost: its shards are queued again, and leave the same results.
#SBATCH --job-name=fencepost
#SBATCH --array=1-16
#SBATCH --cpus-per-task=2
#SBATCH --mem=1G
#SBATCH --requeue
#SBATCH --output=fencepost-%A_%a.log
set -euo pipefail
export FENCEPOST_JOBS=$SLURM_CPUS_PER_TASK
.fencepost/fencepost check ./PATH/TO/PROTOCOL --seeds 10000 --shard auto \
  --out "fencepost-shards/$SLURM_ARRAY_JOB_ID/$SLURM_ARRAY_TASK_ID.json"
