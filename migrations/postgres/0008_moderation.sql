-- What is said back, reported, removed, appealed and proved about reviews, and concerns about practitioners.

create table review_replies (
    review_id uuid not null references reviews (id) on delete cascade,
    version bigint not null,
    text text not null,
    at timestamptz not null,
    primary key (review_id, version)
);

create table review_reports (
    id uuid not null primary key,
    review_id uuid not null references reviews (id) on delete cascade,
    -- A person, or a rule that looks for patterns. Neither removes anything.
    source text not null check (source in ('person', 'signal')),
    reason text not null,
    detail text not null,
    reporter_mark bytea,
    state text not null check (state in ('open', 'dismissed', 'acted-on')),
    at timestamptz not null,
    closed_at timestamptz,
    closed_by text,
    constraint review_reports_review_id_reporter_mark_key unique (review_id, reporter_mark)
);

create index review_reports_state_at_id_idx on review_reports (state, at, id);

create table review_removals (
    id uuid not null primary key,
    review_id uuid not null references reviews (id) on delete cascade,
    reason text not null,
    facts text not null,
    at timestamptz not null,
    decided_by_token uuid not null,
    decided_by text not null,
    appeal text,
    appealed_at timestamptz,
    outcome text check (outcome in ('upheld', 'restored')),
    findings text,
    outcome_at timestamptz,
    outcome_by text
);

create index review_removals_review_id_at_idx on review_removals (review_id, at);

-- Operators who may not decide about a listing, because they are tied to it.
create table review_ties (
    token_id uuid not null,
    practitioner_id uuid not null references practitioners (id),
    operator text not null,
    why text not null,
    at timestamptz not null,
    primary key (token_id, practitioner_id)
);

-- Kept until it is judged, sealed.
create table review_proofs (
    review_id uuid not null primary key references reviews (id) on delete cascade,
    sealed bytea not null,
    at timestamptz not null
);

create table review_votes (
    review_id uuid not null references reviews (id) on delete cascade,
    voter_mark bytea not null,
    primary key (review_id, voter_mark)
);

-- A fingerprint of the latest text in four bands: two texts that nearly agree share one.
create table review_prints (
    review_id uuid not null references reviews (id) on delete cascade,
    band bigint not null,
    value bigint not null,
    print bigint not null,
    primary key (review_id, band)
);

create index review_prints_band_value_idx on review_prints (band, value);

create table concerns (
    id uuid not null primary key,
    practitioner_id uuid not null references practitioners (id),
    listing text not null,
    -- The review that said so, where one did.
    review_id uuid references reviews (id),
    kind text not null check (kind in ('unsafe', 'untrained', 'impersonation')),
    detail text not null,
    state text not null check (state in ('open', 'upheld', 'unfounded')),
    opened_at timestamptz not null,
    due_at timestamptz not null,
    findings text,
    closed_at timestamptz,
    closed_by text,
    updated_at timestamptz not null
);

create index concerns_state_due_at_id_idx on concerns (state, due_at, id);
create index concerns_practitioner_id_idx on concerns (practitioner_id);
