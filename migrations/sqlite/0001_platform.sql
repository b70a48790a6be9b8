-- What belongs to the whole house: facts fixed at first start, the change feed, the job queue.

create table meta (
    key text not null primary key,
    value text not null
) strict;

create table changes (
    seq integer not null primary key autoincrement,
    subject text not null,
    at integer not null
) strict;

create table jobs (
    id blob not null primary key,
    kind text not null,
    payload text not null,
    run_at integer not null,
    attempts integer not null default 0,
    state text not null default 'due' check (state in ('due', 'dead')),
    last_error text,
    created_at integer not null
) strict;

create index jobs_state_run_at_id_idx on jobs (state, run_at, id);
