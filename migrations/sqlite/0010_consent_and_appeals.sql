-- How a consent link reached the client; appeals against decisions about look-alike photos; who asked about
-- pictures by their hashes; and ties of operators, which bind them in every room.

alter table case_consents add column way text not null default 'printed' check (way in ('printed', 'mailed'));

alter table review_ties rename to operator_ties;

create table case_appeals (
    -- The case that was taken away by the decision.
    case_id blob not null primary key references cases (id),
    hold_id blob not null references case_holds (id),
    text text not null,
    at integer not null,
    outcome text check (outcome in ('upheld', 'restored')),
    findings text,
    decided_at integer,
    decided_by text
) strict;

create index case_appeals_decided_at_at_case_id_idx on case_appeals (decided_at, at, case_id);

create table image_checks (
    id blob not null primary key,
    token_id blob not null,
    actor text not null,
    hashes integer not null,
    matches integer not null,
    at integer not null
) strict;

create index image_checks_at_id_idx on image_checks (at, id);
