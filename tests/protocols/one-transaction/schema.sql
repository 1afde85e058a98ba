CREATE TABLE parcels (parcel bigint PRIMARY KEY);
CREATE TABLE signatures (parcel bigint NOT NULL, courier text NOT NULL);
