-- name: register :exec
INSERT INTO node VALUES (@worker, clock_timestamp() + interval '20 s')
ON CONFLICT (node) DO UPDATE SET alive_until = GREATEST(node.alive_until, EXCLUDED.alive_until);

-- name: free_shard :one
SELECT shard AS free_shard FROM shard
 WHERE NOT finished AND (node IS NULL OR until <= clock_timestamp()) ORDER BY shard LIMIT 1 FOR UPDATE;

-- name: pick_node :one
SELECT node AS chosen FROM node n WHERE alive_until > clock_timestamp()
 ORDER BY (SELECT count(*) FROM shard s WHERE s.node = n.node AND NOT finished), node LIMIT 1;

-- name: give :execrows
UPDATE shard SET node = @chosen, generation = generation + 1, until = clock_timestamp() + interval '40 s' WHERE shard = @free_shard;

-- name: my_shard :one
SELECT shard, generation FROM shard WHERE node = @worker AND NOT finished AND until > clock_timestamp() ORDER BY shard LIMIT 1;

-- name: prolong :execrows
UPDATE shard SET until = GREATEST(until, clock_timestamp() + interval '40 s')
 WHERE shard = @shard AND generation = @generation AND NOT finished;

-- name: close :execrows
UPDATE shard SET finished = true, until = NULL WHERE shard = @shard AND generation = @generation AND NOT finished;

-- name: hand_back :execrows
UPDATE shard SET node = NULL, until = NULL WHERE shard = @shard AND generation = @generation AND NOT finished;

-- name: observe :many
SELECT shard AS job, CASE WHEN finished THEN 'succeeded' WHEN node IS NULL THEN 'ready' ELSE 'owned' END AS state,
       node AS owner, generation AS token, until AS lease_until
  FROM shard;

-- name: insert_job :exec
INSERT INTO shard (shard) VALUES (@job);
