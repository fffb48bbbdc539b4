-- Archives that a person brings: what each is, how far it is read, and what was left out and why.
-- `position` counts what was found in it so far, in the order of its importers; whoever takes it up
-- again leaves that many out. `source` is where it lies, and `spool` whether it is removed at the end.

create table imports (
    id text primary key,
    person text not null,
    state text not null check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
    executor text not null,
    name text not null,
    source text not null,
    spool boolean not null default false,
    options jsonb not null default '{}',
    formats text[] not null default '{}',
    mark text not null default '',
    position bigint not null default 0,
    size bigint not null default 0,
    read bigint not null default 0,
    counts jsonb not null default '{}',
    report jsonb not null default '{}',
    error jsonb,
    created timestamptz not null default clock_timestamp(),
    updated timestamptz not null default clock_timestamp(),
    ended timestamptz
);
create index imports_person on imports (person, created desc);
create index imports_open on imports (executor) where state in ('waiting', 'running');

alter table imports enable row level security;
create policy own on imports
    using ((person = current_setting('musespark.person', true)) is true);
grant select, insert, update, delete on imports to musespark_app;

-- What has not ended, whoever it is of, for those who take up what a dead process left.
create function unfinished_imports() returns table (id text, person text, executor text)
    language sql stable security definer set search_path from current as $$
    select id, person, executor from imports where state in ('waiting', 'running');
$$;
-- Which of these still have a row: what lies in the folder of uploads without one is removed.
create function known_imports(ids text[]) returns setof text
    language sql stable security definer set search_path from current as $$
    select id from imports where id = any(ids) and state in ('waiting', 'running');
$$;
revoke all on function unfinished_imports(), known_imports(text[]) from public;
grant execute on function unfinished_imports(), known_imports(text[]) to musespark_app;
