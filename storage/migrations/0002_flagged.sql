-- How often a member got pictures back that were flagged for their content, on the last day
-- on which they did. Beyond a limit, what the provider bills for such pictures is charged.
ALTER TABLE accounts ADD COLUMN flagged_day {int} NOT NULL DEFAULT 0;

ALTER TABLE accounts ADD COLUMN flagged_refunds {int} NOT NULL DEFAULT 0
    CHECK (flagged_refunds >= 0);

-- A webhook names a call by its secret.
CREATE INDEX calls_of_secret ON calls (secret);
