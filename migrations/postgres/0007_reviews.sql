-- Treatments, the invitations that go out for them, reviews with every version, and the sums of ratings.

create table treatments (
    id uuid not null primary key,
    practitioner_id uuid not null references practitioners (id),
    listing text not null,
    -- Who wrote it down: the practitioner, or a client who starts a review without them.
    origin text not null check (origin in ('practitioner', 'client')),
    service text,
    sessions jsonb not null,
    last_on date not null,
    -- The client's address, sealed, and what stands for it when two are compared; both are erased.
    contact bytea,
    contact_mark bytea,
    contact_until timestamptz,
    card boolean not null,
    follow_up_at timestamptz,
    created_at timestamptz not null,
    created_by text not null
);

create index treatments_practitioner_id_created_at_id_idx on treatments (practitioner_id, created_at, id);
create index treatments_follow_up_at_idx on treatments (follow_up_at) where follow_up_at is not null;
create index treatments_contact_until_idx on treatments (contact_until) where contact_until is not null;
create index treatments_contact_mark_created_at_idx on treatments (contact_mark, created_at)
    where contact_mark is not null;

create table review_invitations (
    id uuid not null primary key,
    treatment_id uuid not null references treatments (id) on delete cascade,
    stage text not null,
    via text not null check (via in ('letter', 'card', 'confirmation')),
    -- SHA-256 of a token of 256 random bits.
    token_hash bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint review_invitations_token_hash_key unique (token_hash)
);

create index review_invitations_treatment_id_idx on review_invitations (treatment_id);

create table reviews (
    id uuid not null primary key,
    practitioner_id uuid not null references practitioners (id),
    listing text not null,
    treatment_id uuid not null references treatments (id),
    verification text not null,
    state text not null check (state in ('published', 'removed')),
    version bigint not null,
    -- The latest version, which is the one that counts.
    stage text not null,
    stars bigint not null check (stars between 1 and 5),
    dimensions jsonb not null,
    would_recommend boolean not null,
    relationship text not null,
    incentive text not null,
    condition text,
    -- The condition and everything above it in its list, between spaces: what a filter finds it by.
    condition_path text not null,
    text text not null,
    written_at timestamptz not null,
    helpful bigint not null,
    removal_reason text,
    removed_at timestamptz,
    contact_mark bytea,
    address_mark bytea,
    received_at timestamptz not null,
    updated_at timestamptz not null,
    constraint reviews_treatment_id_key unique (treatment_id)
);

create index reviews_practitioner_id_state_written_at_id_idx on reviews (practitioner_id, state, written_at, id);
create index reviews_practitioner_id_state_stars_id_idx on reviews (practitioner_id, state, stars, id);
create index reviews_practitioner_id_state_helpful_id_idx on reviews (practitioner_id, state, helpful, id);
create index reviews_contact_mark_idx on reviews (contact_mark) where contact_mark is not null;
create index reviews_address_mark_received_at_idx on reviews (address_mark, received_at)
    where address_mark is not null;
create index reviews_practitioner_id_received_at_idx on reviews (practitioner_id, received_at);

create table review_versions (
    review_id uuid not null references reviews (id) on delete cascade,
    version bigint not null,
    stage text not null,
    stars bigint not null,
    dimensions jsonb not null,
    would_recommend boolean not null,
    relationship text not null,
    incentive text not null,
    condition text,
    text text not null,
    at timestamptz not null,
    primary key (review_id, version)
);

-- Kept in the transaction of what they sum up. Weights stand as at a fixed day and are scaled when read.
create table review_sums (
    practitioner_id uuid not null primary key references practitioners (id),
    treatments bigint not null,
    invitations bigint not null,
    stars_1 bigint not null,
    stars_2 bigint not null,
    stars_3 bigint not null,
    stars_4 bigint not null,
    stars_5 bigint not null,
    recommending bigint not null,
    weight double precision not null,
    weighted_stars double precision not null
);

create table review_stage_sums (
    practitioner_id uuid not null references practitioners (id),
    stage text not null,
    count bigint not null,
    stars bigint not null,
    primary key (practitioner_id, stage)
);
