-- What one process does for all of them: which one, and until when.

create table leases (
    name text not null primary key,
    holder blob not null,
    until_at integer not null
) strict;
