-- The public log: what waits for it, its entries, the tiles of their hashes, and the checkpoints that were signed.

-- Seeds of the keys the platform holds itself, one a purpose, sealed under the service's secret.
create table platform_keys (
    purpose text not null primary key,
    sealed blob not null,
    created_at integer not null
) strict;

-- What goes by in the log for an academy: a random id, so that no entry carries a name.
alter table academies add column log_id blob;
update academies set log_id = randomblob(16);
create unique index academies_log_id_key on academies (log_id);

-- Written with the fact itself; the sequencer takes it from here, once.
create table log_queue (
    seq integer not null primary key autoincrement,
    op text not null,
    -- What it is about, inside only.
    subject blob not null,
    -- The entry in canonical JSON, but for the time it enters.
    body text not null,
    queued_at integer not null
) strict;

create table log_entries (
    position integer not null primary key,
    entry blob not null,
    at integer not null
) strict;

-- Where the entries about something are; forgotten where the thing is erased.
create table log_subjects (
    position integer not null primary key references log_entries (position),
    op text not null,
    subject blob not null
) strict;

create index log_subjects_subject_position_idx on log_subjects (subject, position);

-- Hashes by level and tile, 32 bytes each, up to 256; only the last tile of a level grows.
create table log_tiles (
    level integer not null,
    tile integer not null,
    hashes blob not null,
    primary key (level, tile)
) strict;

create table log_checkpoints (
    size integer not null primary key,
    note text not null,
    signed_at integer not null
) strict;

-- One row: how far the tree is, who may append to it, and why nobody may.
create table log_state (
    id integer not null primary key,
    size integer not null,
    last_at integer not null,
    lease_holder blob,
    lease_until integer not null,
    frozen text
) strict;

insert into log_state (id, size, last_at, lease_until) values (1, 0, 0, 0);
