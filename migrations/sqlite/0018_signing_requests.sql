-- What practitioners ask academies to sign: training that they state and that only an academy can confirm.

create table signing_requests (
    id blob not null primary key,
    practitioner_id blob not null references practitioners (id),
    academy_id blob not null references academies (id),
    course text,
    year integer,
    old_number text,
    -- open, signed, declined or withdrawn.
    state text not null,
    reason text,
    certificate_id blob references certificates (id),
    created_at integer not null,
    updated_at integer not null
) strict;
create index signing_requests_academy on signing_requests (academy_id, created_at, id);
create index signing_requests_practitioner on signing_requests (practitioner_id, created_at, id);
