-- Alarms stand until somebody settles them (exward-store/src/store/hunts.rs, HU1 to HU3), and lists show mitigations.

-- How loudly it asks to act: 0 not at all, 2 louder than 1 (exward_hunt::HuntVerdict::alarm).
ALTER TABLE hunt ADD COLUMN alarm BIGINT NOT NULL DEFAULT 0;
-- Who has settled the alarm, and why; NULL: nobody.
ALTER TABLE hunt ADD COLUMN settled_at BIGINT;
ALTER TABLE hunt ADD COLUMN settled_by {text};
ALTER TABLE hunt ADD COLUMN settled_why {text};
UPDATE hunt SET alarm = CASE verdict WHEN 'compromised' THEN 2 WHEN 'exploit-reached' THEN 1 ELSE 0 END;

-- 1: it asks to act by itself.
ALTER TABLE sighting ADD COLUMN alarm BIGINT NOT NULL DEFAULT 0;
-- SHA-256 of what it is, wherever its log lies; NULL: it can be told from no other one.
ALTER TABLE sighting ADD COLUMN trace {bytes};
UPDATE sighting SET alarm = 1 WHERE stage IN ('success', 'webshell', 'post');

-- The hunt that speaks for the server, and whether its alarm is settled.
ALTER TABLE server ADD COLUMN hunt BIGINT;
ALTER TABLE server ADD COLUMN hunt_settled BIGINT NOT NULL DEFAULT 0;
UPDATE server SET hunt = (
  SELECT it.id FROM hunt AS it WHERE it.server = server.id ORDER BY it.alarm DESC, it.at DESC, it.id DESC LIMIT 1);
UPDATE server SET
  hunt_verdict = (SELECT verdict FROM hunt WHERE hunt.id = server.hunt),
  hunt_from = (SELECT from_at FROM hunt WHERE hunt.id = server.hunt),
  hunt_to = (SELECT to_at FROM hunt WHERE hunt.id = server.hunt),
  alarm = (SELECT CASE WHEN hunt.alarm > 0 THEN 1 ELSE 0 END FROM hunt WHERE hunt.id = server.hunt)
WHERE hunt IS NOT NULL;

-- State of the Emergency Mitigation service, as a sentence; NULL: no evidence says.
ALTER TABLE server ADD COLUMN mitigation {text};
