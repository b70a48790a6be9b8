-- Who trains: academies, who recognises them, what their courses contain, and which keys they sign with.

create table academies (
    id uuid not null primary key,
    -- In every certificate's issuer for ever; no academy is ever deleted, so no slug is used again.
    slug text not null,
    -- The slug with confusable letters folded together: look-alikes share it.
    skeleton text not null,
    name text not null,
    legal_name text,
    website text,
    country text not null,
    contact_email text,
    own_words text,
    -- Folded for sorting and for finding; compared by bytes on both databases.
    sort_name text collate "C" not null,
    search_text text not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint academies_slug_key unique (slug)
);

create index academies_skeleton_idx on academies (skeleton);
create index academies_sort_name_id_idx on academies (sort_name, id);

create table academy_recognitions (
    id uuid not null primary key,
    academy_id uuid not null references academies (id),
    from_at timestamptz not null,
    -- The later of from_at and the moment it was recorded: nothing is backdated.
    counts_from timestamptz not null,
    -- Exclusive; null while open.
    until_at timestamptz,
    vouched_by text not null,
    evidence_url text,
    evidence_text text,
    note text,
    recorded_at timestamptz not null,
    recorded_by text not null,
    ended_at timestamptz,
    ended_by text,
    end_reason text
);

create index academy_recognitions_academy_id_idx on academy_recognitions (academy_id, counts_from);

create table courses (
    id uuid not null primary key,
    academy_id uuid not null references academies (id),
    number text not null,
    created_at timestamptz not null,
    constraint courses_number_key unique (number)
);

create index courses_academy_id_idx on courses (academy_id, created_at, id);

create table course_versions (
    id uuid not null primary key,
    course_id uuid not null references courses (id),
    -- 1, 2, …: the highest is the current one.
    seq bigint not null,
    -- SHA-256 of content, as 64 hexadecimal characters.
    hash text not null,
    -- The canonical JSON (RFC 8785) that certificates point at, byte for byte.
    content bytea not null,
    created_at timestamptz not null,
    created_by text not null,
    constraint course_versions_hash_key unique (hash),
    constraint course_versions_course_id_seq_key unique (course_id, seq)
);

create table trainers (
    id uuid not null primary key,
    academy_id uuid not null references academies (id),
    number text not null,
    name text not null,
    practising_since bigint,
    listing_number text,
    evidence_url text,
    evidence_text text,
    created_at timestamptz not null,
    constraint trainers_number_key unique (number)
);

create index trainers_academy_id_idx on trainers (academy_id, created_at, id);

create table academy_keys (
    id uuid not null primary key,
    academy_id uuid not null references academies (id),
    -- The public key as a Multikey; one academy's for ever, however it ended.
    multibase text not null,
    added_at timestamptz not null,
    added_by text not null,
    added_by_token uuid not null,
    -- The older key that vouched for this one.
    vouched_by text,
    -- A second person's word in place of an older key's.
    confirmed_at timestamptz,
    confirmed_by text,
    -- From when it may sign; null until it is confirmed.
    active_at timestamptz,
    retired_at timestamptz,
    retired_by text,
    revoked_at timestamptz,
    compromised_since timestamptz,
    constraint academy_keys_multibase_key unique (multibase)
);

create index academy_keys_academy_id_idx on academy_keys (academy_id, added_at);

create table academy_key_challenges (
    challenge text not null primary key,
    academy_id uuid not null references academies (id),
    expires_at timestamptz not null
);

create index academy_key_challenges_academy_id_idx on academy_key_challenges (academy_id);

create table academy_events (
    id uuid not null primary key,
    academy_id uuid not null references academies (id),
    at timestamptz not null,
    actor text not null,
    what jsonb not null
);

create index academy_events_academy_id_idx on academy_events (academy_id, at, id);
