-- What a listing was ever reached by or trained with, as keyed marks that cannot be read back; and the earlier
-- listings that a new one shares some of it with.

create table listing_marks (
    kind text not null check (kind in ('certificate', 'phone', 'website', 'email')),
    mark bytea not null,
    practitioner_id uuid not null references practitioners (id),
    since timestamptz not null,
    primary key (kind, mark, practitioner_id)
);

create index listing_marks_practitioner_id_idx on listing_marks (practitioner_id);

create table earlier_listings (
    practitioner_id uuid not null references practitioners (id),
    earlier_id uuid not null references practitioners (id),
    shared jsonb not null,
    found_at timestamptz not null,
    objection text,
    objected_at timestamptz,
    outcome text check (outcome in ('kept', 'dropped')),
    findings text,
    decided_at timestamptz,
    decided_by text,
    primary key (practitioner_id, earlier_id)
);

create index earlier_listings_objected_at_idx on earlier_listings (objected_at, practitioner_id);
