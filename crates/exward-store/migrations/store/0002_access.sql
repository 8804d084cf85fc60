-- Who may look and act, and what they did. Migrations are never edited.

-- A person. Without a tenant: of all tenants.
CREATE TABLE person (
  id          {id},
  tenant      BIGINT REFERENCES tenant (id),
  name        {text} NOT NULL UNIQUE, -- in lower case
  role        {text} NOT NULL,
  password    {text} NOT NULL,
  made_at     BIGINT NOT NULL,
  disabled_at BIGINT
);

-- A browser that has signed in. Its cookie is not here, only the digest of it.
CREATE TABLE session (
  digest     {bytes} NOT NULL PRIMARY KEY,
  person     BIGINT NOT NULL REFERENCES person (id),
  form_key   {text} NOT NULL,
  made_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX session_by_end ON session (expires_at);
CREATE INDEX session_of_person ON session (person);

-- A program that may ask. Its token is not here, only the digest of it.
CREATE TABLE token (
  id           {id},
  digest       {bytes} NOT NULL UNIQUE,
  tenant       BIGINT REFERENCES tenant (id),
  name         {text} NOT NULL,
  role         {text} NOT NULL,
  by_whom      {text} NOT NULL,
  made_at      BIGINT NOT NULL,
  expires_at   BIGINT,
  revoked_at   BIGINT
);

-- The one-time link of the first start.
CREATE TABLE setup (
  digest     {bytes} NOT NULL PRIMARY KEY,
  expires_at BIGINT NOT NULL
);

-- Who did what, each row chained to the one before.
CREATE TABLE audit (
  sequence BIGINT NOT NULL PRIMARY KEY,
  at       BIGINT NOT NULL,
  tenant   BIGINT,
  actor    {text} NOT NULL,
  action   {text} NOT NULL,
  subject  {text} NOT NULL,
  detail   {text} NOT NULL,
  checksum {bytes} NOT NULL
);
CREATE INDEX audit_of_tenant ON audit (tenant, sequence DESC);

-- The last row of the chain: without it, nobody would miss the newest rows.
CREATE TABLE audit_tip (
  one      BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  sequence BIGINT NOT NULL,
  checksum {bytes} NOT NULL
);
-- It is there from the beginning, so that it can be locked.
{sqlite}INSERT INTO audit_tip VALUES (1, 0, zeroblob(32));
{postgres}INSERT INTO audit_tip VALUES (1, 0, decode(repeat('00', 32), 'hex'));

{sqlite}CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
{sqlite}BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
{sqlite}CREATE TRIGGER audit_remains BEFORE DELETE ON audit
{sqlite}BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
{postgres}CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
{postgres}BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
{postgres}CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit
{postgres}  FOR EACH ROW EXECUTE FUNCTION audit_stays();
