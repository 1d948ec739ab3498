-- When a shard may say hello to Discord's gateway again: shards whose ids are the same modulo
-- max_concurrency share a bucket, however many processes they are spread over.
CREATE TABLE identify_turns (
    bucket {int} PRIMARY KEY,
    due {int} NOT NULL
) {strict};

-- The bytes of jobs in flight, where several processes share a database: whoever takes a job over
-- finds them here.
CREATE TABLE spool_files (
    job_id TEXT NOT NULL,
    name TEXT NOT NULL,
    content {blob} NOT NULL,
    PRIMARY KEY (job_id, name)
) {strict};
