CREATE TABLE errands (id bigint PRIMARY KEY);
