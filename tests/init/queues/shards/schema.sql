CREATE TABLE shards (
  shard_id int PRIMARY KEY,
  range_id bigint NOT NULL DEFAULT 0,
  owner text,
  acquired_at timestamptz,
  ack_level bigint NOT NULL DEFAULT 0
);
