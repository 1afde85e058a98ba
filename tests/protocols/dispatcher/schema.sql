CREATE TABLE node (node text PRIMARY KEY, alive_until timestamptz NOT NULL);
CREATE TABLE shard (
  shard int PRIMARY KEY,
  node text,
  generation bigint NOT NULL DEFAULT 0,
  until timestamptz,
  finished boolean NOT NULL DEFAULT false
);
