-- Who may call: tokens, of which only the hash is kept.

create table tokens (
    id uuid not null primary key,
    role text not null check (role in ('operator', 'academy', 'practitioner')),
    -- SHA-256 of the whole token as text; the token itself is shown once and kept nowhere.
    hash bytea not null,
    -- The first characters of the token, to tell one from another in a list.
    hint text not null,
    label text not null,
    -- The academy or listing it keeps; both null until it has registered one. Never set for operators.
    subject_id uuid,
    subject_name text,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    -- The day of its last use, as that day's first instant.
    last_used_at timestamptz,
    constraint tokens_hash_key unique (hash),
    constraint tokens_subject_check check (
        (subject_id is null) = (subject_name is null) and (role <> 'operator' or subject_id is null)
    )
);

create index tokens_subject_id_idx on tokens (subject_id);
