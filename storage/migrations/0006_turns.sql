-- Some databases have these already, from a fourth migration that was edited for some days.
CREATE INDEX IF NOT EXISTS rule_hits_by_time ON rule_hits (at);

DROP INDEX IF EXISTS rule_hits_of_member;

CREATE INDEX IF NOT EXISTS card_reports_of_user ON card_reports (user_id, at);

-- When its member was last given places there while it waited; of equals, who was served least
-- lately is next.
ALTER TABLE waiting ADD COLUMN served {int} NOT NULL DEFAULT 0;
