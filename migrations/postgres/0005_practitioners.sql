-- Listings, the clinics they name, the keys they are found by, and what was done to them.

create table practitioners (
    id uuid not null primary key,
    number text not null,
    version bigint not null default 1,
    state text not null default 'listed' check (state in ('listed', 'merged', 'removed')),
    merged_into uuid references practitioners (id),
    removal text,
    ended_at timestamptz,
    name text not null,
    given_name text,
    family_name text,
    former_names jsonb not null,
    also_known_as jsonb not null,
    headline text,
    bio text,
    phone text,
    email text,
    website text,
    booking_url text,
    social_profiles jsonb not null,
    practising_since text,
    conditions jsonb not null,
    techniques jsonb not null,
    welcomes jsonb not null,
    languages jsonb not null,
    accepts_new_clients boolean,
    country text,
    stated_training jsonb not null,
    portrait text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint practitioners_number_key unique (number)
);

create index practitioners_merged_into_idx on practitioners (merged_into);

-- A table of its own, because prices are compared across listings.
create table practitioner_services (
    practitioner_id uuid not null references practitioners (id) on delete cascade,
    position bigint not null,
    service text not null,
    amount_from bigint,
    amount_to bigint,
    currency text,
    unit text,
    sessions_included bigint,
    touch_up_included boolean,
    primary key (practitioner_id, position)
);

create index practitioner_services_service_currency_unit_idx on practitioner_services (service, currency, unit);

create table practitioner_handles (
    kind text not null check (kind in ('web', 'social', 'phone', 'name')),
    handle text not null,
    practitioner_id uuid not null references practitioners (id) on delete cascade,
    primary key (kind, handle, practitioner_id)
);

create index practitioner_handles_practitioner_id_idx on practitioner_handles (practitioner_id);

create table clinics (
    id uuid not null primary key,
    version bigint not null default 1,
    name text not null,
    address_lines jsonb not null,
    city text,
    region text,
    postcode text,
    country text not null,
    lat double precision,
    lon double precision,
    point_source text check (point_source in ('given', 'postcode', 'city')),
    phone text,
    website text,
    step_free boolean,
    created_by uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table practitioner_clinics (
    practitioner_id uuid not null references practitioners (id) on delete cascade,
    clinic_id uuid not null references clinics (id),
    position bigint not null,
    role text not null check (role in ('owner', 'staff', 'tenant', 'guest')),
    from_day text,
    until_day text,
    home_visits boolean not null,
    confirmed boolean not null,
    primary key (practitioner_id, clinic_id)
);

create index practitioner_clinics_clinic_id_idx on practitioner_clinics (clinic_id);

create table practitioner_history (
    seq bigint generated always as identity primary key,
    practitioner_id uuid not null references practitioners (id) on delete cascade,
    version bigint not null,
    at timestamptz not null,
    actor text not null,
    action text not null,
    changes jsonb not null
);

create index practitioner_history_practitioner_id_seq_idx on practitioner_history (practitioner_id, seq);
