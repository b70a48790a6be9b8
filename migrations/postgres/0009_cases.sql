-- Before/after cases: what they say, their photos, the client's consent, and photos that wait for a person.

create table cases (
    id uuid not null primary key,
    practitioner_id uuid not null references practitioners (id),
    -- The listing's number, so that a case can be shown without asking for the listing.
    listing text not null,
    version bigint not null default 1,
    state text not null default 'draft' check (state in ('draft', 'published', 'ended')),
    -- Everything the case says; nothing once it has ended.
    details jsonb,
    published_at timestamptz,
    ended_at timestamptz,
    end_reason text,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create index cases_practitioner_id_created_at_id_idx on cases (practitioner_id, created_at, id);
create index cases_state_id_idx on cases (state, id);

create table case_photos (
    -- In the order in which photos were kept: what is known in memory follows it.
    seq bigint generated always as identity primary key,
    id uuid not null,
    case_id uuid not null references cases (id),
    practitioner_id uuid not null references practitioners (id),
    facts jsonb not null,
    width bigint not null,
    height bigint not null,
    placeholder text not null,
    looks bytea not null,
    held boolean not null,
    created_at timestamptz not null,
    constraint case_photos_id_key unique (id)
);

create index case_photos_case_id_seq_idx on case_photos (case_id, seq);

create table case_consents (
    case_id uuid not null primary key references cases (id),
    token_hash bytea not null,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    confirmed_at timestamptz,
    scopes jsonb,
    until_day text,
    revoked_at timestamptz,
    constraint case_consents_token_hash_key unique (token_hash)
);

create table case_holds (
    id uuid not null primary key,
    -- The photo that waits, and the known one it looks like; either may be gone by now.
    photo_id uuid not null,
    case_id uuid not null references cases (id),
    rival_photo_id uuid not null,
    rival_case_id uuid not null references cases (id),
    distance bigint not null,
    opened_at timestamptz not null,
    decision text check (decision in ('unrelated', 'keep-known', 'keep-new', 'gone')),
    note text,
    decided_at timestamptz,
    decided_by text
);

create index case_holds_photo_id_idx on case_holds (photo_id);
create index case_holds_decision_opened_at_id_idx on case_holds (decision, opened_at, id);
