#!/usr/bin/env bash
# The shards of slurm-array.sh, put together: its argument is the array's number. The status is that of a check.
#SBATCH --job-name=fencepost-merge
#SBATCH --cpus-per-task=2
#SBATCH --mem=1G
#SBATCH --output=fencepost-merge-%j.log
set -euo pipefail
export FENCEPOST_JOBS=$SLURM_CPUS_PER_TASK
.fencepost/fencepost merge "fencepost-shards/$1" --report-dir fencepost-report
