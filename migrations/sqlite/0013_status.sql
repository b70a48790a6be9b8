-- Status lists of academies, every version of them, who has which bit, and what was done to certificates.

create table status_lists (
    id blob not null primary key,
    academy_id blob not null references academies (id),
    -- Counts the lists of an academy from 1; its address ends in it.
    number integer not null,
    -- The version that holds, and the first instant it may be followed by another.
    version integer not null,
    valid_from integer not null,
    constraint status_lists_academy_id_number_key unique (academy_id, number)
) strict;

-- Every version as the academy signed it, for ever: what was published then can be asked for.
create table status_list_versions (
    list_id blob not null references status_lists (id),
    version integer not null,
    bytes blob not null,
    digest blob not null,
    published_at integer not null,
    primary key (list_id, version)
) strict;

-- A bit that was given out. It is given out once, whatever becomes of the certificate.
create table status_entries (
    list_id blob not null references status_lists (id),
    position integer not null,
    reserved_at integer not null,
    certificate_id blob references certificates (id),
    primary key (list_id, position)
) strict;

create index status_entries_certificate_id_idx on status_entries (certificate_id);

-- What an academy or the directory did to a certificate after it was issued; nothing here is ever changed.
create table certificate_acts (
    id blob not null primary key,
    certificate_id blob not null references certificates (id),
    act text not null,
    reason text not null,
    -- The certificate that takes its place, by number.
    superseded_by text,
    at integer not null,
    actor text not null,
    -- The academy's statement as it was signed: the key and the signature. None of them for the directory's acts.
    key text,
    stated_at text,
    signature text
) strict;

create index certificate_acts_certificate_id_at_id_idx on certificate_acts (certificate_id, at, id);

alter table certificates add column status_list_id blob references status_lists (id);
alter table certificates add column status_position integer;
-- What the acts come to today, as a vocabulary code; none while it is in force.
alter table certificates add column standing text;
