-- People, keys, the ledger, conversations, runs. Every table that holds a person's data is under
-- row-level security by `musespark.person`, which the store sets for each transaction. The owner of
-- the tables is past it, so that the few functions at the end work; the store never works as owner.

create table people (
    person text primary key,
    name text not null default '',
    language text not null default '',
    zone text not null default '',
    created timestamptz not null default now()
);

create table keys (
    id text primary key,
    person text not null,
    name text not null default '',
    hash bytea not null unique,
    hint text not null,
    created timestamptz not null default now(),
    used timestamptz,
    revoked timestamptz
);
create index keys_person on keys (person);

create table activities (
    id bigint generated always as identity primary key,
    person text not null,
    uri text,
    type text not null,
    published timestamptz not null default now(),
    received timestamptz not null default now(),
    purposes text[] not null default '{}',
    body jsonb not null,
    unique (person, uri)
);
create index activities_person on activities (person, id);

create table conversations (
    id text primary key,
    person text not null,
    title text not null default '',
    created timestamptz not null default now(),
    updated timestamptz not null default now()
);
create index conversations_person on conversations (person, updated desc);

create table messages (
    id bigint generated always as identity primary key,
    conversation text not null references conversations on delete cascade,
    person text not null,
    run text not null,
    role text not null,
    parts jsonb not null,
    created timestamptz not null default now()
);
create index messages_conversation on messages (conversation, id);

create table runs (
    id text primary key,
    person text not null,
    conversation text not null references conversations on delete cascade,
    executor text not null,
    state text not null check (state in ('running', 'done', 'failed', 'cancelled', 'interrupted')),
    durable boolean not null default false,
    asked text not null,
    mode text not null default '',
    reason text not null default '',
    request jsonb,
    error jsonb,
    usage jsonb not null default '{}',
    started timestamptz not null default now(),
    ended timestamptz
);
create index runs_person on runs (person, started desc);
create index runs_running on runs (executor) where state = 'running';

create table steps (
    run text not null references runs on delete cascade,
    path text not null,
    person text not null,
    kind text not null,
    name text not null,
    agent text not null default '',
    input jsonb,
    output jsonb,
    usage jsonb not null default '{}',
    error text not null default '',
    started double precision not null,
    ended double precision not null,
    primary key (run, path)
);

-- Events of a run in numbered pieces: `body` packs the events from number `first` to `last`.
create table events (
    run text not null references runs on delete cascade,
    first bigint not null,
    last bigint not null,
    person text not null,
    body jsonb not null,
    primary key (run, first)
);

do $$
declare name text;
begin
    foreach name in array array['people', 'keys', 'activities', 'conversations', 'messages',
                                'runs', 'steps', 'events']
    loop
        execute format('alter table %I enable row level security', name);
        execute format($p$create policy own on %I using
            (person = current_setting('musespark.person', true))$p$, name);
        execute format('grant select, insert, update, delete on %I to musespark_app', name);
    end loop;
end $$;

-- One call keeps any number of records of any number of people, in one transaction. Each element
-- is {"kind": "begin" | "journal" | "end" | "adopt" | "abandon", "person": …, "body": {…}}.
create function keep(batch jsonb) returns void language plpgsql as $$
declare
    element jsonb;
    body jsonb;
    whose text;
begin
    for element in select * from jsonb_array_elements(batch) loop
        whose := element ->> 'person';
        body := element -> 'body';
        perform set_config('musespark.person', whose, true);
        if element ->> 'kind' = 'begin' then
            insert into conversations (id, person, title)
                values (body ->> 'conversation', whose, coalesce(body ->> 'title', ''))
                on conflict (id) do update set updated = now();
            insert into runs (id, person, conversation, executor, state, durable, asked, mode,
                              reason, request)
                values (body ->> 'run', whose, body ->> 'conversation', body ->> 'executor',
                        'running', coalesce((body ->> 'durable')::boolean, false),
                        body ->> 'asked', coalesce(body ->> 'mode', ''),
                        coalesce(body ->> 'reason', ''), body -> 'request')
                on conflict (id) do nothing;
            if found then
                insert into messages (conversation, person, run, role, parts)
                    select body ->> 'conversation', whose, body ->> 'run', m ->> 'role', m -> 'parts'
                    from jsonb_array_elements(body -> 'messages') m;
            elsif body ->> 'again' is null or not exists (
                    select from runs where id = body ->> 'run' and executor = body ->> 'executor')
            then
                raise exception 'run_exists' using errcode = 'MS409';
            end if;
        elsif element ->> 'kind' = 'adopt' then
            update runs set executor = body ->> 'executor'
                where id = body ->> 'run' and state = 'running';
        elsif element ->> 'kind' = 'abandon' then
            update runs set state = 'interrupted', ended = now(), error = jsonb_build_object(
                    'code', 'interrupted', 'message',
                    'The server stopped while it was answering. Ask again.')
                where id = body ->> 'run' and state = 'running';
        else
            if body ? 'steps' then
                insert into steps (run, path, person, kind, name, agent, input, output, usage,
                                   error, started, ended)
                    select body ->> 'run', s.path, whose, s.kind, s.name, coalesce(s.agent, ''),
                           s.input, s.output, coalesce(s.usage, '{}'), coalesce(s.error, ''),
                           s.started, s.ended
                    from jsonb_to_recordset(body -> 'steps') as s(path text, kind text, name text,
                        agent text, input jsonb, output jsonb, usage jsonb, error text,
                        started double precision, ended double precision)
                    on conflict (run, path) do nothing;
            end if;
            if body ? 'events' then
                insert into events (run, first, last, person, body)
                    values (body ->> 'run', (body ->> 'first')::bigint, (body ->> 'last')::bigint,
                            whose, body -> 'events')
                    on conflict (run, first) do nothing;
            end if;
            if element ->> 'kind' = 'end' then
                update runs set state = body ->> 'state', mode = body ->> 'mode',
                    reason = body ->> 'reason', usage = coalesce(body -> 'usage', '{}'),
                    error = body -> 'error', ended = now()
                    where id = body ->> 'run' and state in ('running', 'interrupted');
                if found and body ? 'messages' then
                    insert into messages (conversation, person, run, role, parts)
                        select body ->> 'conversation', whose, body ->> 'run', m ->> 'role',
                               m -> 'parts'
                        from jsonb_array_elements(body -> 'messages') m;
                end if;
            end if;
        end if;
    end loop;
end $$;
grant execute on function keep(jsonb) to musespark_app;

-- The few questions that no single person asks. Each answers with ids alone, past row security.
create function key_owner(hashed bytea) returns table (id text, person text)
    language sql security definer set search_path from current as $$
    update keys set used = now() where hash = hashed and revoked is null
        returning keys.id, keys.person;
$$;

create function any_key() returns boolean
    language sql stable security definer set search_path from current as $$
    select exists (select from keys where revoked is null);
$$;

create function unfinished_runs() returns table (id text, person text, executor text, durable boolean)
    language sql stable security definer set search_path from current as $$
    select id, person, executor, durable from runs where state = 'running';
$$;

create function run_owner(run text) returns text
    language sql stable security definer set search_path from current as $$
    select person from runs where id = run;
$$;

revoke all on function key_owner(bytea), any_key(), unfinished_runs(), run_owner(text) from public;
grant execute on function key_owner(bytea), any_key(), unfinished_runs(), run_owner(text)
    to musespark_app;
