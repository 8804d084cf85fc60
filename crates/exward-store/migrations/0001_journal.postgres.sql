-- The journal of rollouts on PostgreSQL. Migrations are never edited; a new one gets the next number. It says what
-- 0001_journal.sql says for SQLite.
CREATE TABLE journal_schema (
  version BIGINT NOT NULL PRIMARY KEY
);

-- The files themselves. A blueprint is immutable (B1).
CREATE TABLE blueprint (
  id     TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 64),
  parent TEXT COLLATE "C" CHECK (length(parent) = 64),
  bytes  BYTEA NOT NULL
);

CREATE TABLE approval (
  blueprint TEXT COLLATE "C" NOT NULL REFERENCES blueprint (id),
  sequence  BIGINT           NOT NULL,
  by        TEXT COLLATE "C" NOT NULL,
  at        TEXT COLLATE "C" NOT NULL,
  until     TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (blueprint, sequence)
);

-- The one blueprint that is carried out (J4): no row before the first, then one.
CREATE TABLE current (
  one       BIGINT           NOT NULL PRIMARY KEY CHECK (one = 1),
  blueprint TEXT COLLATE "C" NOT NULL REFERENCES blueprint (id)
);

-- Every taking of the lease; the highest epoch is the newest (J3).
CREATE TABLE lease (
  epoch BIGINT           NOT NULL PRIMARY KEY CHECK (epoch > 0),
  owner TEXT COLLATE "C" NOT NULL
);

CREATE TABLE entry (
  blueprint TEXT COLLATE "C" NOT NULL REFERENCES blueprint (id),
  sequence  BIGINT           NOT NULL,
  at        TEXT COLLATE "C" NOT NULL,
  body      TEXT COLLATE "C" NOT NULL,
  checksum  BYTEA            NOT NULL CHECK (length(checksum) = 32),
  PRIMARY KEY (blueprint, sequence)
);

-- The last entry of each blueprint: without it, nobody would miss the newest entries.
CREATE TABLE tip (
  blueprint TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES blueprint (id),
  sequence  BIGINT           NOT NULL,
  checksum  BYTEA            NOT NULL CHECK (length(checksum) = 32)
);

CREATE TABLE command (
  blueprint   TEXT COLLATE "C" NOT NULL REFERENCES blueprint (id),
  sequence    BIGINT           NOT NULL,
  after_entry BIGINT           NOT NULL,
  at          TEXT COLLATE "C" NOT NULL,
  by          TEXT COLLATE "C" NOT NULL,
  command     TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (blueprint, sequence)
);

-- J1: what was written stays as it was written, numbered without gaps.
CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%', TG_ARGV[0];
END $$;

-- The table is the trigger's own; its name needs no search path.
CREATE FUNCTION journal_next() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  due BIGINT;
BEGIN
  EXECUTE format('SELECT coalesce(max(sequence), 0) + 1 FROM %I.%I WHERE blueprint = $1',
                 TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO due USING NEW.blueprint;
  IF NEW.sequence <> due THEN
    RAISE EXCEPTION '%', TG_ARGV[0];
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION journal_next_lease() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  due BIGINT;
BEGIN
  EXECUTE format('SELECT coalesce(max(epoch), 0) + 1 FROM %I.%I',
                 TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO due;
  IF NEW.epoch <> due THEN
    RAISE EXCEPTION '%', TG_ARGV[0];
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER entry_next BEFORE INSERT ON entry
FOR EACH ROW EXECUTE FUNCTION journal_next('entries are numbered without gaps');
CREATE TRIGGER entry_kept BEFORE UPDATE ON entry
FOR EACH ROW EXECUTE FUNCTION journal_refuse('entries are never changed');
CREATE TRIGGER entry_stays BEFORE DELETE ON entry
FOR EACH ROW EXECUTE FUNCTION journal_refuse('entries are never removed');
CREATE TRIGGER entry_stays_whole BEFORE TRUNCATE ON entry
FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse('entries are never removed');

CREATE TRIGGER approval_next BEFORE INSERT ON approval
FOR EACH ROW EXECUTE FUNCTION journal_next('approvals are numbered without gaps');
CREATE TRIGGER approval_kept BEFORE UPDATE ON approval
FOR EACH ROW EXECUTE FUNCTION journal_refuse('approvals are never changed');
CREATE TRIGGER approval_stays BEFORE DELETE ON approval
FOR EACH ROW EXECUTE FUNCTION journal_refuse('approvals are never removed');
CREATE TRIGGER approval_stays_whole BEFORE TRUNCATE ON approval
FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse('approvals are never removed');

CREATE TRIGGER command_next BEFORE INSERT ON command
FOR EACH ROW EXECUTE FUNCTION journal_next('commands are numbered without gaps');
CREATE TRIGGER command_kept BEFORE UPDATE ON command
FOR EACH ROW EXECUTE FUNCTION journal_refuse('commands are never changed');
CREATE TRIGGER command_stays BEFORE DELETE ON command
FOR EACH ROW EXECUTE FUNCTION journal_refuse('commands are never removed');
CREATE TRIGGER command_stays_whole BEFORE TRUNCATE ON command
FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse('commands are never removed');

CREATE TRIGGER blueprint_kept BEFORE UPDATE ON blueprint
FOR EACH ROW EXECUTE FUNCTION journal_refuse('blueprints are never changed');
CREATE TRIGGER blueprint_stays BEFORE DELETE ON blueprint
FOR EACH ROW EXECUTE FUNCTION journal_refuse('blueprints are never removed');
CREATE TRIGGER blueprint_stays_whole BEFORE TRUNCATE ON blueprint
FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse('blueprints are never removed');

CREATE TRIGGER lease_next BEFORE INSERT ON lease
FOR EACH ROW EXECUTE FUNCTION journal_next_lease('leases are numbered without gaps');
CREATE TRIGGER lease_kept BEFORE UPDATE ON lease
FOR EACH ROW EXECUTE FUNCTION journal_refuse('leases are never changed');
CREATE TRIGGER lease_stays BEFORE DELETE ON lease
FOR EACH ROW EXECUTE FUNCTION journal_refuse('leases are never removed');
CREATE TRIGGER lease_stays_whole BEFORE TRUNCATE ON lease
FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse('leases are never removed');
