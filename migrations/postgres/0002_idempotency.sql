-- Creates that may be repeated: the answer that was given, by caller and key, for a day.

create table idempotency_keys (
    caller text not null,
    key text not null,
    request bytea not null,
    status bigint not null,
    headers jsonb not null,
    body bytea not null,
    created_at timestamptz not null,
    primary key (caller, key)
);

create index idempotency_keys_created_at_idx on idempotency_keys (created_at);
