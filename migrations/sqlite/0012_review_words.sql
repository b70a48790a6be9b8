-- The folded words of a review's text, each between two spaces: what a search in a listing's reviews reads.

alter table reviews add column words text not null default '';
