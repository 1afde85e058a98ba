CREATE TABLE letters (number bigserial PRIMARY KEY, letter bigint NOT NULL);
CREATE TABLE bookmark (seen bigint NOT NULL);
INSERT INTO bookmark VALUES (0);
