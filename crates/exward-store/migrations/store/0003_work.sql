-- What is to be done: jobs, schedules, webhooks. Migrations are never edited.

-- A piece of work. States: waiting, running, done, failed, cancelled.
CREATE TABLE job (
  id         {id},
  tenant     BIGINT REFERENCES tenant (id),
  kind       {text} NOT NULL,
  payload    {text} NOT NULL,
  once_key   {text} UNIQUE,
  state      {text} NOT NULL DEFAULT 'waiting',
  due_at     BIGINT NOT NULL,
  owner      {text},
  claim      BIGINT NOT NULL DEFAULT 0,
  held_until BIGINT,
  attempts   BIGINT NOT NULL DEFAULT 0,
  done       BIGINT NOT NULL DEFAULT 0,
  total      BIGINT,
  reason     {text},
  made_by    {text} NOT NULL,
  made_at    BIGINT NOT NULL,
  ended_at   BIGINT
);
CREATE INDEX job_due ON job (state, due_at, id);
CREATE INDEX job_of_tenant ON job (tenant, id DESC);

-- A target that is asked again and again.
CREATE TABLE schedule (
  id            {id},
  tenant        BIGINT NOT NULL REFERENCES tenant (id),
  target        {text} NOT NULL,
  every_minutes BIGINT NOT NULL,
  next_at       BIGINT NOT NULL,
  job           BIGINT, -- the newest that was made of it; may have been dropped
  made_by       {text} NOT NULL,
  made_at       BIGINT NOT NULL,
  UNIQUE (tenant, target)
);
CREATE INDEX schedule_due ON schedule (next_at);

-- A file of the watched folder that was read: never twice, however often it is dropped.
CREATE TABLE dropped (
  tenant  BIGINT NOT NULL REFERENCES tenant (id),
  digest  {bytes} NOT NULL,
  name    {text} NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (tenant, digest)
);

-- Whose a rollout is, by its blueprint in the journal. One without a row came from the command line.
CREATE TABLE rollout (
  blueprint {text} NOT NULL PRIMARY KEY,
  tenant    BIGINT NOT NULL REFERENCES tenant (id),
  made_at   BIGINT NOT NULL,
  made_by   {text} NOT NULL,
  told      BIGINT NOT NULL DEFAULT 0 -- the last entry of the journal that webhooks know of
);
CREATE INDEX rollout_of_tenant ON rollout (tenant, made_at DESC);

CREATE TABLE webhook (
  id          {id},
  tenant      BIGINT NOT NULL REFERENCES tenant (id),
  url         {text} NOT NULL,
  secret      {text} NOT NULL,
  events      {text} NOT NULL,
  made_by     {text} NOT NULL,
  made_at     BIGINT NOT NULL,
  disabled_at BIGINT
);

-- One event for one webhook. States: waiting, sent, dead.
CREATE TABLE delivery (
  id         {id},
  webhook    BIGINT NOT NULL REFERENCES webhook (id),
  event      {text} NOT NULL,
  body       {text} NOT NULL,
  state      {text} NOT NULL DEFAULT 'waiting',
  due_at     BIGINT NOT NULL,
  claim      BIGINT NOT NULL DEFAULT 0,
  held_until BIGINT,
  attempts   BIGINT NOT NULL DEFAULT 0,
  reason     {text},
  made_at    BIGINT NOT NULL,
  ended_at   BIGINT
);
CREATE INDEX delivery_due ON delivery (state, due_at, id);
CREATE INDEX delivery_of_webhook ON delivery (webhook, id DESC);
