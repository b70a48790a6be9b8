-- The public log: what waits for it, its entries, the tiles of their hashes, and the checkpoints that were signed.

-- Seeds of the keys the platform holds itself, one a purpose, sealed under the service's secret.
create table platform_keys (
    purpose text not null primary key,
    sealed bytea not null,
    created_at timestamptz not null
);

-- What goes by in the log for an academy: a random id, so that no entry carries a name.
alter table academies add column log_id uuid;
update academies set log_id = gen_random_uuid();
create unique index academies_log_id_key on academies (log_id);

-- Written with the fact itself; the sequencer takes it from here, once.
create table log_queue (
    seq bigint generated always as identity primary key,
    op text not null,
    -- What it is about, inside only.
    subject uuid not null,
    -- The entry in canonical JSON, but for the time it enters.
    body text not null,
    queued_at timestamptz not null
);

create table log_entries (
    position bigint not null primary key,
    entry bytea not null,
    at timestamptz not null
);

-- Where the entries about something are; forgotten where the thing is erased.
create table log_subjects (
    position bigint not null primary key references log_entries (position),
    op text not null,
    subject uuid not null
);

create index log_subjects_subject_position_idx on log_subjects (subject, position);

-- Hashes by level and tile, 32 bytes each, up to 256; only the last tile of a level grows.
create table log_tiles (
    level bigint not null,
    tile bigint not null,
    hashes bytea not null,
    primary key (level, tile)
);

create table log_checkpoints (
    size bigint not null primary key,
    note text not null,
    signed_at timestamptz not null
);

-- One row: how far the tree is, who may append to it, and why nobody may.
create table log_state (
    id bigint not null primary key,
    size bigint not null,
    last_at timestamptz not null,
    lease_holder uuid,
    lease_until timestamptz not null,
    frozen text
);

insert into log_state (id, size, last_at, lease_until) values (1, 0, 'epoch', 'epoch');
