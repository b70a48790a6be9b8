-- Treatments, the invitations that go out for them, reviews with every version, and the sums of ratings.

create table treatments (
    id blob not null primary key,
    practitioner_id blob not null references practitioners (id),
    listing text not null,
    -- Who wrote it down: the practitioner, or a client who starts a review without them.
    origin text not null check (origin in ('practitioner', 'client')),
    service text,
    sessions text not null,
    last_on text not null,
    -- The client's address, sealed, and what stands for it when two are compared; both are erased.
    contact blob,
    contact_mark blob,
    contact_until integer,
    card integer not null,
    follow_up_at integer,
    created_at integer not null,
    created_by text not null
) strict;

create index treatments_practitioner_id_created_at_id_idx on treatments (practitioner_id, created_at, id);
create index treatments_follow_up_at_idx on treatments (follow_up_at) where follow_up_at is not null;
create index treatments_contact_until_idx on treatments (contact_until) where contact_until is not null;
create index treatments_contact_mark_created_at_idx on treatments (contact_mark, created_at)
    where contact_mark is not null;

create table review_invitations (
    id blob not null primary key,
    treatment_id blob not null references treatments (id) on delete cascade,
    stage text not null,
    via text not null check (via in ('letter', 'card', 'confirmation')),
    -- SHA-256 of a token of 256 random bits.
    token_hash blob not null,
    created_at integer not null,
    expires_at integer not null,
    used_at integer,
    constraint review_invitations_token_hash_key unique (token_hash)
) strict;

create index review_invitations_treatment_id_idx on review_invitations (treatment_id);

create table reviews (
    id blob not null primary key,
    practitioner_id blob not null references practitioners (id),
    listing text not null,
    treatment_id blob not null references treatments (id),
    verification text not null,
    state text not null check (state in ('published', 'removed')),
    version integer not null,
    -- The latest version, which is the one that counts.
    stage text not null,
    stars integer not null check (stars between 1 and 5),
    dimensions text not null,
    would_recommend integer not null,
    relationship text not null,
    incentive text not null,
    condition text,
    -- The condition and everything above it in its list, between spaces: what a filter finds it by.
    condition_path text not null,
    text text not null,
    written_at integer not null,
    helpful integer not null,
    removal_reason text,
    removed_at integer,
    contact_mark blob,
    address_mark blob,
    received_at integer not null,
    updated_at integer not null,
    constraint reviews_treatment_id_key unique (treatment_id)
) strict;

create index reviews_practitioner_id_state_written_at_id_idx on reviews (practitioner_id, state, written_at, id);
create index reviews_practitioner_id_state_stars_id_idx on reviews (practitioner_id, state, stars, id);
create index reviews_practitioner_id_state_helpful_id_idx on reviews (practitioner_id, state, helpful, id);
create index reviews_contact_mark_idx on reviews (contact_mark) where contact_mark is not null;
create index reviews_address_mark_received_at_idx on reviews (address_mark, received_at)
    where address_mark is not null;
create index reviews_practitioner_id_received_at_idx on reviews (practitioner_id, received_at);

create table review_versions (
    review_id blob not null references reviews (id) on delete cascade,
    version integer not null,
    stage text not null,
    stars integer not null,
    dimensions text not null,
    would_recommend integer not null,
    relationship text not null,
    incentive text not null,
    condition text,
    text text not null,
    at integer not null,
    primary key (review_id, version)
) strict;

-- Kept in the transaction of what they sum up. Weights stand as at a fixed day and are scaled when read.
create table review_sums (
    practitioner_id blob not null primary key references practitioners (id),
    treatments integer not null,
    invitations integer not null,
    stars_1 integer not null,
    stars_2 integer not null,
    stars_3 integer not null,
    stars_4 integer not null,
    stars_5 integer not null,
    recommending integer not null,
    weight real not null,
    weighted_stars real not null
) strict;

create table review_stage_sums (
    practitioner_id blob not null references practitioners (id),
    stage text not null,
    count integer not null,
    stars integer not null,
    primary key (practitioner_id, stage)
) strict;
