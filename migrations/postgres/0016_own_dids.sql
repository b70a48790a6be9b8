-- Academies that are issuers under their own site's name.

-- Its did:web, where that is not one of the directory's; in certificates for ever, so never another one's.
alter table academies add column did text;
create unique index academies_did_key on academies (did);
-- When its document was last looked at, and what was wrong with it then.
alter table academies add column did_checked_at timestamptz;
alter table academies add column did_fault text;
