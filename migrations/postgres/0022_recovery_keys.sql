-- Keys that sign no certificate and only have a say in which keys an academy gets.

alter table academy_keys add column purpose text not null default 'assertion';
-- The recovery key that vouched for this one beside an older key.
alter table academy_keys add column recovered_by text;
