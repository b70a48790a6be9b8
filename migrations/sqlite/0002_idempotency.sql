-- Creates that may be repeated: the answer that was given, by caller and key, for a day.

create table idempotency_keys (
    caller text not null,
    key text not null,
    request blob not null,
    status integer not null,
    headers text not null,
    body blob not null,
    created_at integer not null,
    primary key (caller, key)
) strict;

create index idempotency_keys_created_at_idx on idempotency_keys (created_at);
