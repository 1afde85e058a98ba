CREATE TABLE leader_lease (
    resource      varchar(64) PRIMARY KEY,
    holder        varchar(128),
    fencing_token bigint NOT NULL DEFAULT 0,
    expires_at    timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO leader_lease (resource) VALUES ('scheduler');
CREATE TABLE scheduler_state (
    resource varchar(64) PRIMARY KEY REFERENCES leader_lease,
    last_tick timestamptz,
    written_by_token bigint
);
INSERT INTO scheduler_state VALUES ('scheduler', NULL, 0);
