-- Before/after cases: what they say, their photos, the client's consent, and photos that wait for a person.

create table cases (
    id blob not null primary key,
    practitioner_id blob not null references practitioners (id),
    -- The listing's number, so that a case can be shown without asking for the listing.
    listing text not null,
    version integer not null default 1,
    state text not null default 'draft' check (state in ('draft', 'published', 'ended')),
    -- Everything the case says; nothing once it has ended.
    details text,
    published_at integer,
    ended_at integer,
    end_reason text,
    created_at integer not null,
    updated_at integer not null
) strict;

create index cases_practitioner_id_created_at_id_idx on cases (practitioner_id, created_at, id);
create index cases_state_id_idx on cases (state, id);

create table case_photos (
    -- In the order in which photos were kept: what is known in memory follows it.
    seq integer not null primary key autoincrement,
    id blob not null,
    case_id blob not null references cases (id),
    practitioner_id blob not null references practitioners (id),
    facts text not null,
    width integer not null,
    height integer not null,
    placeholder text not null,
    looks blob not null,
    held integer not null,
    created_at integer not null,
    constraint case_photos_id_key unique (id)
) strict;

create index case_photos_case_id_seq_idx on case_photos (case_id, seq);

create table case_consents (
    case_id blob not null primary key references cases (id),
    token_hash blob not null,
    made_at integer not null,
    expires_at integer not null,
    confirmed_at integer,
    scopes text,
    until_day text,
    revoked_at integer,
    constraint case_consents_token_hash_key unique (token_hash)
) strict;

create table case_holds (
    id blob not null primary key,
    -- The photo that waits, and the known one it looks like; either may be gone by now.
    photo_id blob not null,
    case_id blob not null references cases (id),
    rival_photo_id blob not null,
    rival_case_id blob not null references cases (id),
    distance integer not null,
    opened_at integer not null,
    decision text check (decision in ('unrelated', 'keep-known', 'keep-new', 'gone')),
    note text,
    decided_at integer,
    decided_by text
) strict;

create index case_holds_photo_id_idx on case_holds (photo_id);
create index case_holds_decision_opened_at_id_idx on case_holds (decision, opened_at, id);
