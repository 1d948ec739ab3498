-- Times are integer milliseconds since the epoch, amounts are credits, money is millionths
-- of a US dollar. {int}, {blob} and {strict} are filled in for each engine.

CREATE TABLE schema_version (version {int} NOT NULL) {strict};

INSERT INTO schema_version (version) VALUES (0);

-- Small facts of the whole installation, such as the hash of the commands last synced.
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) {strict};

CREATE TABLE processes (
    id TEXT PRIMARY KEY,
    heartbeat {int} NOT NULL
) {strict};

-- One row for each member of a server. It always equals the fold of the member's ledger.
CREATE TABLE accounts (
    server_id {int} NOT NULL,
    user_id {int} NOT NULL,
    period {int} NOT NULL,
    period_start {int} NOT NULL,
    used {int} NOT NULL CHECK (used >= 0),
    held {int} NOT NULL CHECK (held >= 0 AND held <= used),
    running {int} NOT NULL CHECK (running >= 0),
    last_start {int} NOT NULL,
    PRIMARY KEY (server_id, user_id)
) {strict};

-- What counts against limits above the member's: a server's month in credits, the
-- operator's day in millionths of a dollar.
CREATE TABLE budgets (
    scope TEXT NOT NULL CHECK (scope IN ('server_month', 'operator_day')),
    scope_id {int} NOT NULL,
    starts {int} NOT NULL,
    used {int} NOT NULL CHECK (used >= 0),
    PRIMARY KEY (scope, scope_id, starts)
) {strict};

-- Pictures in flight at a provider that limits them.
CREATE TABLE slots (
    provider TEXT PRIMARY KEY,
    used {int} NOT NULL CHECK (used >= 0)
) {strict};

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    interaction_id {int} NOT NULL UNIQUE,
    server_id {int} NOT NULL,
    channel_id {int} NOT NULL,
    user_id {int} NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
        'queued', 'submitting', 'running', 'succeeded', 'failed', 'cancelled', 'unconfirmed'
    )),
    fence {int} NOT NULL,
    owner TEXT NOT NULL,
    -- The button whose press made it, and the job on whose card that was.
    pressed TEXT,
    parent_id TEXT,
    backend TEXT NOT NULL,
    request TEXT NOT NULL,
    source TEXT NOT NULL,
    -- The interaction's, erased when it dies.
    token TEXT,
    token_ends {int} NOT NULL,
    upload_limit {int} NOT NULL,
    message_id {int},
    -- Fixed at the reservation, whatever prices, periods and months do later.
    credits_each {int} NOT NULL CHECK (credits_each >= 0),
    micros_each {int} NOT NULL CHECK (micros_each >= 0),
    reserved {int} NOT NULL CHECK (reserved >= 0),
    settled {int} CHECK (settled >= 0 AND settled <= reserved),
    period {int} NOT NULL,
    month_start {int} NOT NULL,
    day_start {int} NOT NULL,
    created {int} NOT NULL,
    finished {int},
    attempts {int} NOT NULL,
    due {int} NOT NULL,
    cancel {int} NOT NULL CHECK (cancel IN (0, 1)),
    reason TEXT,
    -- What each picture is: names in the spool, seeds, sizes.
    results TEXT,
    shown TEXT NOT NULL CHECK (shown IN ('no', 'yes', 'deleted', 'undeliverable')),
    -- A result that came after the refund: shown, not charged.
    gift {int} NOT NULL CHECK (gift IN (0, 1))
) {strict};

CREATE INDEX jobs_of_member ON jobs (server_id, user_id, created);

CREATE INDEX jobs_unfinished ON jobs (owner)
    WHERE state IN ('queued', 'submitting', 'running') OR shown = 'no';

CREATE INDEX jobs_with_token ON jobs (token_ends) WHERE token IS NOT NULL;

CREATE INDEX jobs_unconfirmed ON jobs (finished) WHERE state = 'unconfirmed';

-- One paid call of a job; at most one is open at a time.
CREATE TABLE calls (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    number {int} NOT NULL,
    backend TEXT NOT NULL,
    -- Our id of it, and a secret that a report about it must carry.
    key TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL,
    provider TEXT NOT NULL,
    slots {int} NOT NULL CHECK (slots >= 0),
    outcome TEXT NOT NULL CHECK (outcome IN (
        'intended', 'accepted', 'done', 'not_accepted', 'failed', 'unknown'
    )),
    ticket TEXT,
    cost_micros {int},
    intended {int} NOT NULL,
    accepted {int},
    ended {int},
    PRIMARY KEY (job_id, number)
) {strict};

CREATE UNIQUE INDEX calls_open ON calls (job_id) WHERE outcome IN ('intended', 'accepted');

-- The messages that show a job's further pictures: part 1 and on; part 0 is the card.
CREATE TABLE messages (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    part {int} NOT NULL,
    message_id {int} NOT NULL,
    PRIMARY KEY (job_id, part)
) {strict};

-- Requests that wait for their member's Start. A draft's id becomes its job's.
CREATE TABLE drafts (
    id TEXT PRIMARY KEY,
    user_id {int} NOT NULL,
    request TEXT NOT NULL,
    source TEXT NOT NULL,
    parent_id TEXT,
    created {int} NOT NULL
) {strict};

-- Append-only.
CREATE TABLE ledger (
    id TEXT PRIMARY KEY,
    at {int} NOT NULL,
    server_id {int} NOT NULL,
    user_id {int} NOT NULL,
    job_id TEXT REFERENCES jobs (id),
    kind TEXT NOT NULL CHECK (kind IN (
        'reserve', 'settle', 'refund', 'return', 'grant', 'revoke', 'expire', 'renew'
    ))
) {strict};

CREATE UNIQUE INDEX ledger_once ON ledger (job_id, kind) WHERE job_id IS NOT NULL;

CREATE UNIQUE INDEX ledger_closed_once ON ledger (job_id) WHERE kind IN ('settle', 'refund');

CREATE INDEX ledger_of_member ON ledger (server_id, user_id, at);

-- What an entry draws on, and by how much it changes what is used of it.
CREATE TABLE ledger_lines (
    entry_id TEXT NOT NULL REFERENCES ledger (id),
    lot_kind TEXT NOT NULL CHECK (lot_kind IN ('period', 'grant')),
    lot {int} NOT NULL,
    amount {int} NOT NULL,
    PRIMARY KEY (entry_id, lot_kind, lot)
) {strict};
