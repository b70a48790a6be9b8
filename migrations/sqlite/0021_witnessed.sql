-- What a witness said it has seen of this log beyond what the database has; forgotten once the entries are back.

create table log_witnessed (
    witness text not null primary key,
    -- Entries in the largest tree it has seen.
    size integer not null,
    at integer not null
) strict;
