-- The journal of rollouts. Migrations are never edited; a new one gets the next number.
PRAGMA application_id = 1163417412; -- "EXWD"
PRAGMA user_version = 1;

-- The files themselves. A blueprint is immutable (B1).
CREATE TABLE blueprint (
  id     TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 64),
  parent TEXT CHECK (length(parent) = 64),
  bytes  BLOB NOT NULL
) STRICT;

CREATE TABLE approval (
  blueprint TEXT    NOT NULL REFERENCES blueprint (id),
  sequence  INTEGER NOT NULL,
  by        TEXT    NOT NULL,
  at        TEXT    NOT NULL,
  until     TEXT    NOT NULL,
  PRIMARY KEY (blueprint, sequence)
) STRICT, WITHOUT ROWID;

-- The one blueprint that is carried out (J4): no row before the first, then one.
CREATE TABLE current (
  one       INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  blueprint TEXT    NOT NULL REFERENCES blueprint (id)
) STRICT;

-- Every taking of the lease; the highest epoch is the newest (J3).
CREATE TABLE lease (
  epoch INTEGER NOT NULL PRIMARY KEY CHECK (epoch > 0),
  owner TEXT    NOT NULL
) STRICT;

CREATE TABLE entry (
  blueprint TEXT    NOT NULL REFERENCES blueprint (id),
  sequence  INTEGER NOT NULL,
  at        TEXT    NOT NULL,
  body      TEXT    NOT NULL,
  checksum  BLOB    NOT NULL CHECK (length(checksum) = 32),
  PRIMARY KEY (blueprint, sequence)
) STRICT, WITHOUT ROWID;

-- The last entry of each blueprint: without it, nobody would miss the newest entries.
CREATE TABLE tip (
  blueprint TEXT    NOT NULL PRIMARY KEY REFERENCES blueprint (id),
  sequence  INTEGER NOT NULL,
  checksum  BLOB    NOT NULL CHECK (length(checksum) = 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE command (
  blueprint   TEXT    NOT NULL REFERENCES blueprint (id),
  sequence    INTEGER NOT NULL,
  after_entry INTEGER NOT NULL,
  at          TEXT    NOT NULL,
  by          TEXT    NOT NULL,
  command     TEXT    NOT NULL,
  PRIMARY KEY (blueprint, sequence)
) STRICT, WITHOUT ROWID;

-- J1: what was written stays as it was written, numbered without gaps. The triggers on INSERT also stop
-- INSERT OR REPLACE, which would delete without asking the triggers on DELETE.
CREATE TRIGGER entry_next BEFORE INSERT ON entry
WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM entry WHERE blueprint = NEW.blueprint)
BEGIN SELECT RAISE(ABORT, 'entries are numbered without gaps'); END;
CREATE TRIGGER entry_kept BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entry_stays BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are never removed'); END;

CREATE TRIGGER approval_next BEFORE INSERT ON approval
WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM approval WHERE blueprint = NEW.blueprint)
BEGIN SELECT RAISE(ABORT, 'approvals are numbered without gaps'); END;
CREATE TRIGGER approval_kept BEFORE UPDATE ON approval
BEGIN SELECT RAISE(ABORT, 'approvals are never changed'); END;
CREATE TRIGGER approval_stays BEFORE DELETE ON approval
BEGIN SELECT RAISE(ABORT, 'approvals are never removed'); END;

CREATE TRIGGER command_next BEFORE INSERT ON command
WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM command WHERE blueprint = NEW.blueprint)
BEGIN SELECT RAISE(ABORT, 'commands are numbered without gaps'); END;
CREATE TRIGGER command_kept BEFORE UPDATE ON command
BEGIN SELECT RAISE(ABORT, 'commands are never changed'); END;
CREATE TRIGGER command_stays BEFORE DELETE ON command
BEGIN SELECT RAISE(ABORT, 'commands are never removed'); END;

CREATE TRIGGER blueprint_kept BEFORE UPDATE ON blueprint
BEGIN SELECT RAISE(ABORT, 'blueprints are never changed'); END;
CREATE TRIGGER blueprint_stays BEFORE DELETE ON blueprint
BEGIN SELECT RAISE(ABORT, 'blueprints are never removed'); END;

CREATE TRIGGER lease_next BEFORE INSERT ON lease
WHEN NEW.epoch <> (SELECT coalesce(max(epoch), 0) + 1 FROM lease)
BEGIN SELECT RAISE(ABORT, 'leases are numbered without gaps'); END;
CREATE TRIGGER lease_kept BEFORE UPDATE ON lease
BEGIN SELECT RAISE(ABORT, 'leases are never changed'); END;
CREATE TRIGGER lease_stays BEFORE DELETE ON lease
BEGIN SELECT RAISE(ABORT, 'leases are never removed'); END;
