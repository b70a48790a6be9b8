-- Signed training certificates, byte for byte as they were submitted, and what was true at receipt.

create table certificates (
    id uuid not null primary key,
    number text not null,
    academy_id uuid not null references academies (id),
    issuer text not null,
    credential_id text not null,
    -- The exact bytes that were submitted, and the SHA-256 of their canonical form (JCS).
    bytes bytea not null,
    digest bytea not null,
    -- Which key signed, as publicKeyMultibase.
    key text not null,
    -- What the list shows without reading the bytes again; all of it is in the signed document.
    holder_name text not null,
    title text not null,
    -- The course version it names: SHA-256 of its canonical form, in hexadecimal.
    course_hash text not null references course_versions (hash),
    listing_number text,
    awarded_on date,
    valid_from timestamptz not null,
    valid_until timestamptz,
    -- What was so when the directory received it; the signer picks none of this.
    received_at timestamptz not null,
    received_by text not null,
    recognised_at_receipt boolean not null,
    -- The listing it hangs on: named in the signed document, or agreed by academy and holder.
    practitioner_id uuid references practitioners (id),
    academy_agreed_at timestamptz,
    holder_agreed_at timestamptz,
    -- The listing's keeper may take it out of the listing's public lists; it stays verifiable.
    listed boolean not null,
    version bigint not null,
    updated_at timestamptz not null,
    constraint certificates_number_key unique (number),
    constraint certificates_issuer_credential_id_key unique (issuer, credential_id)
);

create index certificates_practitioner_id_received_at_id_idx on certificates (practitioner_id, received_at, id);
create index certificates_academy_id_received_at_id_idx on certificates (academy_id, received_at, id);
create index certificates_course_hash_idx on certificates (course_hash);
