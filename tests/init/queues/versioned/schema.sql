CREATE TABLE jr_jobs (
    id CHAR(36) PRIMARY KEY,
    version INT NOT NULL,
    jobasjson TEXT NOT NULL,
    state VARCHAR(36) NOT NULL,
    createdat TIMESTAMP NOT NULL,
    updatedat TIMESTAMP NOT NULL,
    scheduledat TIMESTAMP
);
CREATE INDEX jr_state_idx ON jr_jobs (state);
