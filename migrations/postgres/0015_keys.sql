-- What operators say of keys in the wrong hands: two of them together are believed.

create table academy_key_reports (
    key_id uuid not null references academy_keys (id),
    token_id uuid not null,
    -- The earliest possible theft; null means since the key was added.
    since timestamptz,
    reported_at timestamptz not null,
    reported_by text not null,
    primary key (key_id, token_id)
);
