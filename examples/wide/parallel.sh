#!/usr/bin/env bash
# A check on the cores of one machine or, with --sshlogin, of several that share a folder, by GNU parallel: eight shards at a time. A shard
# that failed is begun again, twice at most. Replace what is in capitals.
set -euo pipefail
seq 64 | parallel --jobs 8 --retries 3 .fencepost/fencepost check ./PATH/TO/PROTOCOL --seeds 10000 --jobs 1 --shard {}/64
.fencepost/fencepost merge fencepost-shards --report-dir fencepost-report
