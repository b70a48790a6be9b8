-- What one process does for all of them: which one, and until when.

create table leases (
    name text not null primary key,
    holder uuid not null,
    until_at timestamptz not null
);
