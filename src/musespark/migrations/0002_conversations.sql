-- A conversation is a tree of runs: each follows another, or begins it. Conversations can be
-- pinned, searched, shared and erased; a run's budget can be changed while it goes on.

alter table runs
    add column after text,
    add column budget jsonb,
    add column beside jsonb not null default '{}';
alter table conversations add column pinned timestamptz;
alter table messages add column brief jsonb;

comment on column runs.after is 'The run that this one follows; null for one that begins.';
comment on column runs.budget is 'What it may use: {"tokens", "seconds", "money"}; money null for any.';
comment on column runs.beside is 'What is worth knowing beside the answer: sources, notices and so on.';
comment on column messages.brief is
    'The parts without the bytes of what is attached, where something is.';

update runs set after = earlier.after from (
    select id, lag(id) over (partition by conversation order by started, id) as after from runs
) earlier where earlier.id = runs.id and earlier.after is not null;

update runs set beside = jsonb_strip_nulls(told.beside) from (
    select run, jsonb_build_object(
        'sources', jsonb_agg(said -> 'value' order by first desc)
            filter (where said ->> 'name' = 'musespark.sources') -> 0,
        'notices', jsonb_agg(said -> 'value' order by first)
            filter (where said ->> 'name' = 'musespark.notice')) as beside
    from events, jsonb_path_query(body,
        '$[*] ? (@.name == "musespark.sources" || @.name == "musespark.notice")') said
    group by run
) told where told.run = runs.id;

-- A branch is walked by the primary key; these serve the rest.
create index runs_conversation on runs (conversation, started, id);
drop index runs_running;
create index runs_running on runs (conversation) where state = 'running';
drop index messages_conversation;
create index messages_run on messages (conversation, run, id);
drop index conversations_person;
create index conversations_person
    on conversations (person, (pinned is not null) desc, updated desc, id desc);

-- What a search looks through: the words of a message, in small letters and without the signs that
-- would make one word of several. Beyond 100,000 signs nothing is searched: an index entry has a
-- limit.
create function words_of(parts jsonb) returns text language sql immutable parallel safe as $$
    select translate(lower(left(string_agg(said #>> '{}', ' '), 100000)),
                     './-_@:+&=?%~#''’', repeat(' ', 16))
    from jsonb_path_query(parts, '$[*] ? (@.type == "text").text') said;
$$;
create index messages_words on messages
    using gin (to_tsvector('simple', words_of(coalesce(brief, parts))));

-- The conversations of the person of this transaction in which every word occurs, in the title or
-- in any message: `starts` at the start of a word, which the index knows, `inside` anywhere. It
-- works past row security, for otherwise the index could not be used, and gives ids alone.
create function conversations_with(starts text[], inside text[]) returns setof text
    language sql stable security definer set search_path from current as $$
    select found.conversation
    from (
        select n, m.conversation from unnest(starts) with ordinality w(word, n),
            lateral (select nullif(plainto_tsquery('simple', word)::text, '') as lexeme) q,
            lateral (select (lexeme || ':*')::tsquery as query) p,
            lateral (
                select conversation from messages
                where person = current_setting('musespark.person', true)
                  and to_tsvector('simple', words_of(coalesce(brief, parts))) @@ query
            ) m
        union
        select -n, m.conversation from unnest(inside) with ordinality w(word, n),
            messages m
        where m.person = current_setting('musespark.person', true)
          and position(word in words_of(coalesce(brief, parts))) > 0
        union
        select case when n > cardinality(starts) then cardinality(starts) - n else n end, c.id
        from unnest(starts || inside) with ordinality w(word, n), conversations c
        where c.person = current_setting('musespark.person', true)
          and position(word in lower(title)) > 0
    ) found
    group by found.conversation
    having count(*) = cardinality(starts) + cardinality(inside);
$$;
revoke all on function conversations_with(text[], text[]) from public;
grant execute on function conversations_with(text[], text[]) to musespark_app;

-- A link to a conversation as it was: the branch that ends in the run `at`. Only a hash of the
-- link's token is kept.
create table shares (
    hash bytea primary key,
    person text not null,
    conversation text not null references conversations on delete cascade,
    at text not null,
    created timestamptz not null default now()
);
create index shares_conversation on shares (conversation);
alter table shares enable row level security;
create policy own on shares using (person = current_setting('musespark.person', true));
grant select, insert, update, delete on shares to musespark_app;

create function shared(hashed bytea) returns table (person text, conversation text, at text)
    language sql stable security definer set search_path from current as $$
    select person, conversation, at from shares where hash = hashed;
$$;
revoke all on function shared(bytea) from public;
grant execute on function shared(bytea) to musespark_app;

drop function unfinished_runs();
create function unfinished_runs()
    returns table (id text, person text, executor text, durable boolean, budget jsonb)
    language sql stable security definer set search_path from current as $$
    select id, person, executor, durable, budget from runs where state = 'running';
$$;
revoke all on function unfinished_runs() from public;
grant execute on function unfinished_runs() to musespark_app;

-- As before, and: a run follows the one that it names, or the conversation's newest; the end of a
-- run that was erased meanwhile is dropped; a run that was cancelled through another process
-- keeps what it had come to.
create or replace function keep(batch jsonb) returns void language plpgsql as $$
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
                              reason, request, budget, started, after)
                values (body ->> 'run', whose, body ->> 'conversation', body ->> 'executor',
                        'running', coalesce((body ->> 'durable')::boolean, false),
                        body ->> 'asked', coalesce(body ->> 'mode', ''),
                        coalesce(body ->> 'reason', ''), body -> 'request', body -> 'budget',
                        clock_timestamp(),
                        case when body ? 'after' then
                            (select id from runs where id = body ->> 'after'
                             and conversation = body ->> 'conversation')
                        else
                            (select id from runs where conversation = body ->> 'conversation'
                             order by started desc, id desc limit 1)
                        end)
                on conflict (id) do nothing;
            if found then
                insert into messages (conversation, person, run, role, parts, brief)
                    select body ->> 'conversation', whose, body ->> 'run', m ->> 'role',
                           m -> 'parts', m -> 'brief'
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
            update runs set state = 'interrupted', ended = clock_timestamp(),
                    error = jsonb_build_object('code', 'interrupted', 'message',
                    'The server stopped while it was answering. Ask again.')
                where id = body ->> 'run' and state = 'running';
        else
            if element ->> 'kind' = 'end' then
                perform from runs where id = body ->> 'run' for key share;
                continue when not found;
            end if;
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
                    error = body -> 'error', beside = coalesce(body -> 'beside', '{}'),
                    ended = case when state = 'cancelled' then ended else clock_timestamp() end
                    where id = body ->> 'run' and (state in ('running', 'interrupted')
                                                   or state = 'cancelled' and usage = '{}');
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
