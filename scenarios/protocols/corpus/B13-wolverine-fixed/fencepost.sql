-- name: observe :many
SELECT id AS job, CASE WHEN status = 'Handled' THEN 'succeeded' WHEN owner_id = 'any' THEN 'ready' ELSE 'owned' END AS state,
       CASE WHEN status = 'Incoming' AND owner_id <> 'any' THEN owner_id END AS owner, owned_at AS token,
       CASE WHEN status = 'Incoming' AND owner_id <> 'any' THEN owned_at + interval '5 min' END AS lease_until
  FROM wolverine_incoming_envelopes;

-- name: next_in_memory :let
SELECT @id::text AS id, @owned_at::timestamptz AS owned_at;

-- name: insert_job :exec
-- What an earlier node left behind: the agent is there for these.
INSERT INTO wolverine_incoming_envelopes (id) VALUES ('left-behind-' || :job);
