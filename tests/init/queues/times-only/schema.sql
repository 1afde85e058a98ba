CREATE TABLE email_outgoing (
  email_id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  recipient text NOT NULL, subject text NOT NULL, body text NOT NULL,
  sending_since timestamptz, sent_at timestamptz, gave_up_at timestamptz,
  tries int NOT NULL DEFAULT 0, smtp_error text
);
