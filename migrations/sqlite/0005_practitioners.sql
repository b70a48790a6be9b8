-- Listings, the clinics they name, the keys they are found by, and what was done to them.

create table practitioners (
    id blob not null primary key,
    number text not null,
    version integer not null default 1,
    state text not null default 'listed' check (state in ('listed', 'merged', 'removed')),
    merged_into blob references practitioners (id),
    removal text,
    ended_at integer,
    name text not null,
    given_name text,
    family_name text,
    former_names text not null,
    also_known_as text not null,
    headline text,
    bio text,
    phone text,
    email text,
    website text,
    booking_url text,
    social_profiles text not null,
    practising_since text,
    conditions text not null,
    techniques text not null,
    welcomes text not null,
    languages text not null,
    accepts_new_clients integer,
    country text,
    stated_training text not null,
    portrait text,
    created_at integer not null,
    updated_at integer not null,
    constraint practitioners_number_key unique (number)
) strict;

create index practitioners_merged_into_idx on practitioners (merged_into);

-- A table of its own, because prices are compared across listings.
create table practitioner_services (
    practitioner_id blob not null references practitioners (id) on delete cascade,
    position integer not null,
    service text not null,
    amount_from integer,
    amount_to integer,
    currency text,
    unit text,
    sessions_included integer,
    touch_up_included integer,
    primary key (practitioner_id, position)
) strict;

create index practitioner_services_service_currency_unit_idx on practitioner_services (service, currency, unit);

create table practitioner_handles (
    kind text not null check (kind in ('web', 'social', 'phone', 'name')),
    handle text not null,
    practitioner_id blob not null references practitioners (id) on delete cascade,
    primary key (kind, handle, practitioner_id)
) strict;

create index practitioner_handles_practitioner_id_idx on practitioner_handles (practitioner_id);

create table clinics (
    id blob not null primary key,
    version integer not null default 1,
    name text not null,
    address_lines text not null,
    city text,
    region text,
    postcode text,
    country text not null,
    lat real,
    lon real,
    point_source text check (point_source in ('given', 'postcode', 'city')),
    phone text,
    website text,
    step_free integer,
    created_by blob,
    created_at integer not null,
    updated_at integer not null
) strict;

create table practitioner_clinics (
    practitioner_id blob not null references practitioners (id) on delete cascade,
    clinic_id blob not null references clinics (id),
    position integer not null,
    role text not null check (role in ('owner', 'staff', 'tenant', 'guest')),
    from_day text,
    until_day text,
    home_visits integer not null,
    confirmed integer not null,
    primary key (practitioner_id, clinic_id)
) strict;

create index practitioner_clinics_clinic_id_idx on practitioner_clinics (clinic_id);

create table practitioner_history (
    seq integer not null primary key autoincrement,
    practitioner_id blob not null references practitioners (id) on delete cascade,
    version integer not null,
    at integer not null,
    actor text not null,
    action text not null,
    changes text not null
) strict;

create index practitioner_history_practitioner_id_seq_idx on practitioner_history (practitioner_id, seq);
