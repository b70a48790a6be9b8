-- What the public log has of records about people: a salted digest in the entry, the salt and the record here, where both
-- can be erased.

-- What goes by in the log for a listing: a random id, so that no entry carries a name.
create table log_listings (
    practitioner_id uuid not null primary key,
    log_id uuid not null
);

create table log_records (
    -- The subject of the entry in log_subjects.
    entry_id uuid not null primary key,
    -- What the record is about.
    subject uuid not null,
    op text not null,
    nonce bytea not null,
    record text not null,
    at timestamptz not null
);
create index log_records_subject_idx on log_records (subject, at);
