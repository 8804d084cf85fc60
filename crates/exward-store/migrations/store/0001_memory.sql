-- Memory: tenants, servers, and what was seen of them. Migrations are never edited.

CREATE TABLE tenant (
  id      {id},
  name    {text} NOT NULL UNIQUE,
  made_at BIGINT NOT NULL
);

-- One reading of something: a check, a hunt, a feed, a rollout.
CREATE TABLE run (
  id       {id},
  tenant   BIGINT NOT NULL REFERENCES tenant (id),
  kind     {text} NOT NULL,
  source   {text} NOT NULL,
  by_whom  {text} NOT NULL,
  began_at BIGINT NOT NULL,
  ended_at BIGINT,
  servers  BIGINT NOT NULL DEFAULT 0,
  changed  BIGINT NOT NULL DEFAULT 0,
  skipped  {text} NOT NULL DEFAULT '[]'
);
CREATE INDEX run_of_tenant ON run (tenant, began_at DESC);

-- Everything of some evidence that decides the verdict, and nothing that differs between servers alike.
CREATE TABLE imprint (
  id     {id},
  digest {bytes} NOT NULL UNIQUE,
  body   {text} NOT NULL
);

-- A server, with its standing: the verdict on its newest imprint under the catalog in force (derived, S2).
CREATE TABLE server (
  id            {id},
  tenant        BIGINT NOT NULL REFERENCES tenant (id),
  target        {text} NOT NULL,
  name          {text},
  site          {text},
  tags          {text} NOT NULL DEFAULT '[]',
  first_seen_at BIGINT NOT NULL,
  last_seen_at  BIGINT NOT NULL,
  observation   BIGINT,
  imprint       BIGINT REFERENCES imprint (id),
  rank          BIGINT NOT NULL DEFAULT 0,
  verdict       {text} NOT NULL DEFAULT 'unknown',
  product       {text},
  cu            {text},
  update_level  {text},
  build         {text},
  open          BIGINT NOT NULL DEFAULT 0,
  kev_open      BIGINT NOT NULL DEFAULT 0,
  exposed_since {text},
  next_step     {text} NOT NULL DEFAULT '',
  hunt_verdict  {text},
  -- 1: what its newest hunt has found asks to act, whatever the verdict.
  alarm         BIGINT NOT NULL DEFAULT 0,
  hunt_from     BIGINT,
  hunt_to       BIGINT,
  UNIQUE (tenant, target)
);
-- With the name, so that a search for text reads these and not every row.
CREATE INDEX server_by_rank ON server (tenant, alarm DESC, rank DESC, target, name);
CREATE INDEX server_by_verdict ON server (tenant, verdict, alarm DESC, rank DESC, target, name);
CREATE INDEX server_by_imprint ON server (imprint);
CREATE INDEX server_by_label ON server (tenant, site, tags) WHERE site IS NOT NULL OR tags <> '[]';

-- What was seen of a server from its first to its last time; unchanged, the interval grows (S1).
CREATE TABLE observation (
  id      {id},
  server  BIGINT NOT NULL REFERENCES server (id),
  run     BIGINT NOT NULL REFERENCES run (id),
  imprint BIGINT NOT NULL REFERENCES imprint (id),
  from_at BIGINT NOT NULL,
  to_at   BIGINT NOT NULL,
  times   BIGINT NOT NULL DEFAULT 1,
  digest  {bytes} NOT NULL,
  body    {text} NOT NULL,
  CHECK (from_at <= to_at)
);
CREATE INDEX observation_of_server ON observation (server, from_at);

-- How many servers of a tenant turned to, and away from, an imprint on a day (derived, S2). Days since 1970.
CREATE TABLE turn (
  tenant  BIGINT NOT NULL REFERENCES tenant (id),
  day     BIGINT NOT NULL,
  imprint BIGINT NOT NULL REFERENCES imprint (id),
  delta   BIGINT NOT NULL,
  PRIMARY KEY (tenant, day, imprint)
);

-- The earliest moment that can be asked about, once something was dropped.
CREATE TABLE retention (
  tenant BIGINT NOT NULL PRIMARY KEY REFERENCES tenant (id),
  since  BIGINT NOT NULL
);

-- The catalogs that standings were computed with; in force is the one used last.
CREATE TABLE catalog (
  id            {id},
  digest        {bytes} NOT NULL UNIQUE,
  as_of         {text} NOT NULL,
  first_used_at BIGINT NOT NULL,
  used_at       BIGINT NOT NULL
);

CREATE TABLE hunt (
  id      {id},
  server  BIGINT NOT NULL REFERENCES server (id),
  run     BIGINT NOT NULL REFERENCES run (id),
  at      BIGINT NOT NULL,
  verdict {text} NOT NULL,
  from_at BIGINT,
  to_at   BIGINT,
  body    {text} NOT NULL
);
CREATE INDEX hunt_of_server ON hunt (server, at DESC);

CREATE TABLE sighting (
  id         {id},
  hunt       BIGINT NOT NULL REFERENCES hunt (id),
  server     BIGINT NOT NULL REFERENCES server (id),
  at         BIGINT,
  stage      {text} NOT NULL,
  confidence {text} NOT NULL,
  rule       {text} NOT NULL,
  body       {text} NOT NULL
);
CREATE INDEX sighting_of_server ON sighting (server, at);
CREATE INDEX sighting_of_hunt ON sighting (hunt);

-- Somebody lives with a CVE on a server until a date ('*': with all of them).
CREATE TABLE acceptance (
  id         {id},
  tenant     BIGINT NOT NULL REFERENCES tenant (id),
  server     BIGINT NOT NULL REFERENCES server (id),
  cve        {text} NOT NULL,
  until_at   BIGINT NOT NULL,
  by_whom    {text} NOT NULL,
  why        {text} NOT NULL,
  at         BIGINT NOT NULL,
  revoked_at BIGINT,
  revoked_by {text}
);
CREATE INDEX acceptance_of_server ON acceptance (server, cve);
CREATE INDEX acceptance_of_tenant ON acceptance (tenant, until_at);

{sqlite}CREATE TRIGGER observation_stays BEFORE UPDATE ON observation
{sqlite}WHEN NEW.id <> OLD.id OR NEW.server <> OLD.server OR NEW.run <> OLD.run OR NEW.imprint <> OLD.imprint
{sqlite}  OR NEW.from_at <> OLD.from_at OR NEW.to_at < OLD.to_at OR NEW.times < OLD.times
{sqlite}  OR NEW.digest <> OLD.digest OR NEW.body <> OLD.body
{sqlite}BEGIN SELECT RAISE(ABORT, 'observations are append-only'); END;
{postgres}CREATE FUNCTION observation_stays() RETURNS trigger LANGUAGE plpgsql AS $$
{postgres}BEGIN
{postgres}  IF NEW.id <> OLD.id OR NEW.server <> OLD.server OR NEW.run <> OLD.run OR NEW.imprint <> OLD.imprint
{postgres}    OR NEW.from_at <> OLD.from_at OR NEW.to_at < OLD.to_at OR NEW.times < OLD.times
{postgres}    OR NEW.digest <> OLD.digest OR NEW.body <> OLD.body
{postgres}  THEN RAISE EXCEPTION 'observations are append-only'; END IF;
{postgres}  RETURN NEW;
{postgres}END $$;
{postgres}CREATE TRIGGER observation_stays BEFORE UPDATE ON observation
{postgres}  FOR EACH ROW EXECUTE FUNCTION observation_stays();
