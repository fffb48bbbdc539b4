-- Memory as a person meets it: what they pinned, what a model summed up, and the facts they said.

-- Beside a row of the ledger that is remembered: when it was pinned; of a summary, the rows that it
-- rests on.
create table memory_marks (
    person text not null,
    activity bigint not null,
    pinned timestamptz,
    sources bigint[],
    primary key (person, activity)
);

-- A fold over the ledger, which can be thrown away: what a person said of themself, by its slot
-- ("home", "my sister name"). `at` is the day from which it is the newest truth, `since` and `until`
-- what the words say of it.
create table facts (
    person text not null,
    activity bigint not null,
    slot text not null,
    value text not null,
    said timestamptz not null,
    at date not null,
    since date,
    until date,
    primary key (person, activity, slot, value)
);
create index facts_slot on facts (person, slot, at desc);

-- How far the fold has come: the last row of the ledger, and the last removal, that it has read.
create table facts_reach (
    person text primary key,
    reach bigint not null default 0,
    removed bigint not null default 0
);

do $$
declare name text;
begin
    foreach name in array array['memory_marks', 'facts', 'facts_reach'] loop
        execute format('alter table %I enable row level security', name);
        execute format($p$create policy own on %I using
            (person = current_setting('musespark.person', true))$p$, name);
        execute format('grant select, insert, update, delete on %I to musespark_app', name);
    end loop;
end $$;

-- What was said in Talk is found by the run in which it was said.
create index activities_talk on activities (person, (body #>> '{object,context}'))
    where uri like 'urn:musespark:%';
