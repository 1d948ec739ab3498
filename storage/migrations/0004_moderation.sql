-- A server as its moderators set it; what is not here is as by default.
CREATE TABLE servers (
    id {int} PRIMARY KEY,
    -- JSON, read by bot/servers/settings.py.
    settings TEXT NOT NULL,
    -- When moderators finished setting it up, when it was welcomed, when the bot was removed.
    set_up {int},
    welcomed {int},
    removed {int}
) {strict};

CREATE INDEX servers_removed ON servers (removed) WHERE removed IS NOT NULL;

-- Credits for each period; NULL is unlimited. The subject of a default is 0.
CREATE TABLE quota_rules (
    server_id {int} NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('default', 'role', 'member')),
    subject_id {int} NOT NULL,
    credits {int} CHECK (credits >= 0),
    PRIMARY KEY (server_id, kind, subject_id)
) {strict};

-- Credits beyond the allowance. What remains is always what its ledger lines leave of it.
CREATE TABLE grants (
    -- The interaction in which it was given.
    id {int} PRIMARY KEY,
    server_id {int} NOT NULL,
    user_id {int} NOT NULL,
    credits {int} NOT NULL CHECK (credits > 0),
    remaining {int} NOT NULL CHECK (remaining >= 0),
    held {int} NOT NULL CHECK (held >= 0),
    given {int} NOT NULL,
    expires {int},
    -- When it expired; nothing more is drawn from it.
    ended {int}
) {strict};

CREATE INDEX grants_open ON grants (server_id, user_id) WHERE ended IS NULL;

CREATE INDEX grants_of_member ON grants (server_id, user_id);

-- Who may not use the bot in a server, until when (NULL: until restored).
CREATE TABLE suspensions (
    server_id {int} NOT NULL,
    user_id {int} NOT NULL,
    until {int},
    reason TEXT,
    PRIMARY KEY (server_id, user_id)
) {strict};

-- Every change that a moderator made. Append-only.
CREATE TABLE changes (
    -- The interaction in which it was made, so that an event that comes twice is one change.
    id {int} PRIMARY KEY,
    server_id {int} NOT NULL,
    at {int} NOT NULL,
    actor_id {int} NOT NULL,
    what TEXT NOT NULL,
    -- The member or role it is about; 0: the server.
    subject_id {int} NOT NULL,
    before TEXT,
    after TEXT,
    reason TEXT
) {strict};

CREATE INDEX changes_of_server ON changes (server_id, at);

CREATE INDEX changes_about ON changes (server_id, subject_id, at);

CREATE INDEX changes_by ON changes (actor_id);

-- What is still to be posted to a server's log channel.
CREATE TABLE log_posts (
    id TEXT PRIMARY KEY,
    server_id {int} NOT NULL,
    channel_id {int} NOT NULL,
    body TEXT NOT NULL,
    created {int} NOT NULL,
    attempts {int} NOT NULL,
    due {int} NOT NULL
) {strict};

CREATE INDEX log_posts_due ON log_posts (due);

-- Rules for prompts; ids are those of the interactions in which they were added.
CREATE TABLE prompt_rules (
    id {int} PRIMARY KEY,
    server_id {int} NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('words', 'pattern', 'exception')),
    rule TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('refuse', 'report'))
) {strict};

CREATE UNIQUE INDEX prompt_rules_once ON prompt_rules (server_id, kind, rule);

CREATE TABLE rule_hits (
    id TEXT PRIMARY KEY,
    server_id {int} NOT NULL,
    user_id {int} NOT NULL,
    at {int} NOT NULL,
    rule TEXT NOT NULL,
    action TEXT NOT NULL,
    -- Dropped after as many days as prompts of jobs are.
    prompt TEXT
) {strict};

CREATE INDEX rule_hits_of_member ON rule_hits (server_id, user_id, at);

CREATE INDEX rule_hits_of_server ON rule_hits (server_id, at);

CREATE INDEX rule_hits_with_prompt ON rule_hits (at) WHERE prompt IS NOT NULL;

-- Whether a member's pictures may be remixed; server 0 is everywhere.
CREATE TABLE consents (
    user_id {int} NOT NULL,
    server_id {int} NOT NULL,
    choice TEXT NOT NULL CHECK (choice IN ('allow', 'refuse')),
    at {int} NOT NULL,
    PRIMARY KEY (user_id, server_id)
) {strict};

CREATE TABLE card_reports (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    user_id {int} NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (job_id, user_id)
) {strict};

-- Members who asked to be erased. The alias is the keyed hash that stands for them afterwards.
CREATE TABLE erasures (
    id TEXT PRIMARY KEY,
    alias {int} NOT NULL,
    -- Erased with the rest.
    user_id {int},
    asked {int} NOT NULL,
    -- When the member was replaced by the alias, and when the last card was dealt with.
    replaced {int},
    ended {int},
    deleted {int} NOT NULL,
    failed {int} NOT NULL
) {strict};

CREATE INDEX erasures_of_alias ON erasures (alias);

-- At most one at a time for a member.
CREATE UNIQUE INDEX erasures_open ON erasures (alias) WHERE ended IS NULL;

-- Messages that are still to be deleted for one of them.
CREATE TABLE doomed_messages (
    erasure_id TEXT NOT NULL REFERENCES erasures (id),
    channel_id {int} NOT NULL,
    message_id {int} NOT NULL,
    attempts {int} NOT NULL,
    due {int} NOT NULL,
    PRIMARY KEY (erasure_id, message_id)
) {strict};

CREATE INDEX doomed_messages_due ON doomed_messages (due);

-- All that is kept of a member, over all servers.
CREATE INDEX accounts_of_user ON accounts (user_id);

CREATE INDEX changes_of_subject ON changes (subject_id);

CREATE INDEX rule_hits_of_user ON rule_hits (user_id);

-- The server's own month, in its time zone, and how far its moderators were told of it.
CREATE TABLE budgets_2 (
    scope TEXT NOT NULL CHECK (scope IN ('server_month', 'server_budget', 'operator_day')),
    scope_id {int} NOT NULL,
    starts {int} NOT NULL,
    used {int} NOT NULL CHECK (used >= 0),
    -- Per cent.
    told {int} NOT NULL DEFAULT 0,
    PRIMARY KEY (scope, scope_id, starts)
) {strict};

INSERT INTO budgets_2 (scope, scope_id, starts, used)
    SELECT scope, scope_id, starts, used FROM budgets;

DROP TABLE budgets;

ALTER TABLE budgets_2 RENAME TO budgets;

-- The start of the server's own month, fixed at the reservation; 0 before there were any.
ALTER TABLE jobs ADD COLUMN budget_start {int} NOT NULL DEFAULT 0;

-- Among which pictures the member of a draft may choose; JSON.
ALTER TABLE drafts ADD COLUMN choices TEXT;

-- Whose account it is on: the member's, or the alias of one who was erased before.
ALTER TABLE jobs ADD COLUMN account_id {int} NOT NULL DEFAULT 0;

UPDATE jobs SET account_id = user_id;

-- Whether pictures that the provider flags are shown, hidden until they are clicked.
ALTER TABLE jobs ADD COLUMN shows_flagged {int} NOT NULL DEFAULT 0;

-- Whether the row still has its prompts.
ALTER TABLE jobs ADD COLUMN has_prompt {int} NOT NULL DEFAULT 1;

CREATE INDEX jobs_with_prompt ON jobs (created) WHERE has_prompt = 1;

CREATE INDEX jobs_of_user ON jobs (user_id, created);

CREATE INDEX jobs_of_server ON jobs (server_id, created);

-- A server's history.
CREATE INDEX ledger_of_server ON ledger (server_id, at);

-- In which order an entry draws on its lots.
ALTER TABLE ledger_lines ADD COLUMN position {int} NOT NULL DEFAULT 0;
