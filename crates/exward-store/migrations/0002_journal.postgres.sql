-- One line of blueprints for each owner, on PostgreSQL. Migrations are never edited; a new one gets the next number.
-- It says what 0002_journal.sql says for SQLite.
-- Whoever migrates has made the table journal_owner (blueprint, tenant): whose the blueprints are by now.

-- The line of a blueprint: the tenant whose it is, or 0, nobody's: of the command line.
DROP TRIGGER blueprint_kept ON blueprint;
ALTER TABLE blueprint ADD COLUMN line BIGINT NOT NULL DEFAULT 0 CHECK (line >= 0);
UPDATE blueprint SET line =
  coalesce((SELECT tenant FROM journal_owner WHERE journal_owner.blueprint = blueprint.id), 0);
CREATE UNIQUE INDEX blueprint_in_line ON blueprint (id, line);

-- Every taking of a lease; the highest epoch of a line is its newest (J3). No epoch is used twice.
ALTER TABLE lease ADD COLUMN line BIGINT NOT NULL DEFAULT 0 CHECK (line >= 0);
CREATE INDEX lease_of_line ON lease (line, epoch);

-- The one blueprint of a line that is carried out (J4): no row before the first, then one.
ALTER TABLE current RENAME TO current_before;
CREATE TABLE current (
  line      BIGINT           NOT NULL PRIMARY KEY CHECK (line >= 0),
  blueprint TEXT COLLATE "C" NOT NULL UNIQUE,
  FOREIGN KEY (blueprint, line) REFERENCES blueprint (id, line)
);

-- Until now there was one line for all: what was current in it last of each owner's, is that of the owner's line.
INSERT INTO current (line, blueprint)
WITH RECURSIVE was (line, blueprint, parent, ago) AS (
  SELECT blueprint.line, blueprint.id, blueprint.parent, 0 FROM current_before
  JOIN blueprint ON blueprint.id = current_before.blueprint
  UNION ALL
  SELECT blueprint.line, blueprint.id, blueprint.parent, was.ago + 1 FROM was
  JOIN blueprint ON blueprint.id = was.parent WHERE was.ago < 100000
)
SELECT was.line, was.blueprint FROM was
JOIN (SELECT line, min(ago) AS ago FROM was GROUP BY line) AS last
ON last.line = was.line AND last.ago = was.ago;
DROP TABLE current_before;
DROP TABLE journal_owner;

-- J1: what was written stays as it was written. Only what nobody has begun may get an owner.
CREATE FUNCTION journal_line_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  begun BOOLEAN;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %1$I.entry WHERE blueprint = $1)
                    OR EXISTS (SELECT 1 FROM %1$I.current WHERE blueprint = $1)',
                 TG_TABLE_SCHEMA) INTO begun USING OLD.id;
  IF OLD.line <> 0 OR begun THEN
    RAISE EXCEPTION 'blueprints stay in their line';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER blueprint_kept BEFORE UPDATE OF id, parent, bytes ON blueprint
FOR EACH ROW EXECUTE FUNCTION journal_refuse('blueprints are never changed');
CREATE TRIGGER blueprint_line_kept BEFORE UPDATE OF line ON blueprint
FOR EACH ROW EXECUTE FUNCTION journal_line_kept();
