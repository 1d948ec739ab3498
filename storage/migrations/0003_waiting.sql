-- Jobs that wait for places at a provider that limits them, one row each. Who is next is
-- decided anew at each look: storage/waiting.py.
CREATE TABLE waiting (
    job_id TEXT PRIMARY KEY REFERENCES jobs (id),
    provider TEXT NOT NULL,
    user_id {int} NOT NULL,
    places {int} NOT NULL CHECK (places > 0),
    -- When the member asked.
    since {int} NOT NULL,
    -- Places that were given to others who had asked later.
    passed {int} NOT NULL CHECK (passed >= 0),
    -- When its process last said that it still waits.
    seen {int} NOT NULL
) {strict};

CREATE INDEX waiting_at_provider ON waiting (provider);

-- The provider's id of the work as a webhook told it.
ALTER TABLE calls ADD COLUMN hint TEXT;
