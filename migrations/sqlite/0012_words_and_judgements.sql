-- The folded words of a review's text, each between two spaces: what a search in a listing's reviews reads. And
-- who judged the proofs of reviews.

alter table reviews add column words text not null default '';

-- Who judged a proof, and how: the proof itself is deleted.
create table proof_judgements (
    id blob not null primary key,
    review_id blob not null references reviews (id) on delete cascade,
    accepted integer not null,
    operator text not null,
    at integer not null
) strict;

create index proof_judgements_review_id_idx on proof_judgements (review_id);
