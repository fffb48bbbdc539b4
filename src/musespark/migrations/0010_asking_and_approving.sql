-- What a person was asked about, so that they are asked once; what waits for their approval, and what
-- they approved in advance.

create table askings (
    person text not null,
    purpose text not null,
    run text not null,
    at timestamptz not null default clock_timestamp(),
    primary key (person, purpose)
);

-- A call that waits for its person: exactly this tool with exactly these arguments (`digest` is
-- over both; `arguments` is JSON as it was shown, to the letter). `result` is what came of it.
create table approvals (
    id text primary key,
    person text not null,
    run text not null,
    conversation text not null,
    tool text not null,
    origin text not null,
    site text not null default '',
    arguments text not null,
    digest text not null,
    code text not null,
    created timestamptz not null default clock_timestamp(),
    expires timestamptz not null,
    state text not null default 'waiting'
        check (state in ('waiting', 'running', 'done', 'failed', 'denied')),
    decided timestamptz,
    ended timestamptz,
    scope text not null default '',
    result jsonb
);
create index approvals_person on approvals (person, id);
create index approvals_run on approvals (run);

-- A run takes with it what waited in it. (A foreign key would not do: a call may wait before its run
-- is kept.)
create function drop_approvals() returns trigger language plpgsql as $$
begin
    delete from approvals where run in (select id from gone)
        and person = current_setting('musespark.person', true);
    return null;
end $$;
create trigger approvals_go after delete on runs referencing old table as gone
    for each statement execute function drop_approvals();

-- What needs no further question for a while: a tool towards one site, or in one conversation.
create table allowances (
    id text primary key,
    person text not null,
    tool text not null,
    digest text not null,
    site text not null default '',
    conversation text not null default '',
    created timestamptz not null default clock_timestamp(),
    expires timestamptz not null
);
create index allowances_person on allowances (person, expires);

alter table askings enable row level security;
alter table approvals enable row level security;
alter table allowances enable row level security;
create policy own on askings using (person = current_setting('musespark.person', true));
create policy own on approvals using (person = current_setting('musespark.person', true));
create policy own on allowances using (person = current_setting('musespark.person', true));
grant select, insert, update, delete on askings, approvals, allowances to musespark_app;
