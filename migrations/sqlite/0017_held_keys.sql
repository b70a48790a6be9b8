-- The seeds of academies' keys that the directory holds for them, sealed under the service's secret.

create table academy_held_keys (
    key_id blob not null primary key references academy_keys (id),
    sealed blob not null
) strict;
