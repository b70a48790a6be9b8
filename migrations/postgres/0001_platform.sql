-- What belongs to the whole house: facts fixed at first start, the change feed, the job queue.

create table meta (
    key text not null primary key,
    value text not null
);

create table changes (
    seq bigint generated always as identity primary key,
    subject text not null,
    at timestamptz not null
);

create table jobs (
    id uuid not null primary key,
    kind text not null,
    payload jsonb not null,
    run_at timestamptz not null,
    attempts bigint not null default 0,
    state text not null default 'due' check (state in ('due', 'dead')),
    last_error text,
    created_at timestamptz not null
);

create index jobs_state_run_at_id_idx on jobs (state, run_at, id);
