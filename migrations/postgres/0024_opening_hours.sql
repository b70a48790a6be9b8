-- When a clinic is open: stretches of the days of a week, in the clinic's own time.

alter table clinics add column opening_hours jsonb not null default '[]';
