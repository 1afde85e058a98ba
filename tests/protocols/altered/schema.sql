-- Only a history in which a lease has run out alters anything.
CREATE FUNCTION alter_now_and_then() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM jobs WHERE lease_until <= clock_timestamp()) THEN
    ALTER TABLE jobs ALTER owner TYPE varchar;
    ALTER TABLE jobs ALTER owner TYPE text;
  END IF;
END $$;
