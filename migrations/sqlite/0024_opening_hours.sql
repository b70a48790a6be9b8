-- When a clinic is open: stretches of the days of a week, as JSON, in the clinic's own time.

alter table clinics add column opening_hours text not null default '[]';
