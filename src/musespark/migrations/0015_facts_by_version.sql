-- By which patterns the facts of a person were found: where they are others now, the fold over the
-- ledger begins anew.
alter table facts_reach add column version bigint not null default 0;
