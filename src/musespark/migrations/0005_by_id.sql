-- A run or a conversation is found by its id, never by going through all of its person's. Row
-- security adds `person = …` to every statement, and where PostgreSQL has not counted the rows, the
-- index by person looks as good to it as the primary key: to end a run then read every run that its
-- person ever had. `is true` says the same and fits no index; what lists by person says so itself.

alter policy own on runs using ((person = current_setting('musespark.person', true)) is true);
alter policy own on conversations
    using ((person = current_setting('musespark.person', true)) is true);

-- The words of a message as before, which nearly always are one text. PostgreSQL looks at an index's
-- expression anew for each row and reads a function in SQL each time, to see whether it could take
-- its place: this one does, once, and the one behind it is in another language.
create function words_of_many(parts jsonb) returns text
    language plpgsql immutable parallel safe as $$
begin
    return string_agg(said #>> '{}', ' ')
        from jsonb_path_query(parts, '$[*] ? (@.type == "text").text') said;
end $$;
create or replace function words_of(parts jsonb) returns text
    language sql immutable parallel safe
    return translate(lower(left(case
            when parts -> 1 is not null then words_of_many(parts)
            when parts #>> '{0,type}' = 'text' then parts #>> '{0,text}'
        end, 100000)), './-_@:+&=?%~#''’', repeat(' ', 16));

-- As before, with fewer looks at the run: its end is written first, and says whether there is one.
create or replace function keep(batch jsonb) returns void language plpgsql as $$
declare
    element jsonb;
    body jsonb;
    whose text;
    setting text;
begin
    for element in select * from jsonb_array_elements(batch) loop
        whose := element ->> 'person';
        body := element -> 'body';
        if whose is distinct from setting then
            perform set_config('musespark.person', whose, true);
            setting := whose;
        end if;
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
                update runs set state = body ->> 'state', mode = body ->> 'mode',
                    reason = body ->> 'reason', usage = coalesce(body -> 'usage', '{}'),
                    error = body -> 'error', beside = coalesce(body -> 'beside', '{}'),
                    ended = case when state = 'cancelled' then ended else clock_timestamp() end
                    where id = body ->> 'run' and (state in ('running', 'interrupted')
                                                   or state = 'cancelled' and usage = '{}');
                if found then
                    if body ? 'messages' then
                        insert into messages (conversation, person, run, role, parts)
                            select body ->> 'conversation', whose, body ->> 'run', m ->> 'role',
                                   m -> 'parts'
                            from jsonb_array_elements(body -> 'messages') m;
                    end if;
                else
                    perform from runs where id = body ->> 'run' for key share;
                    continue when not found;
                end if;
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
        end if;
    end loop;
end $$;
