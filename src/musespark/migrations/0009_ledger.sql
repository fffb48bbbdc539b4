-- The ledger, whole: stamped in the database, with what is taken back, withdrawn and forgotten.

-- `object` is the id of what it was done to, `undone` the activity that took this one back.
alter table activities add column object text, add column undone bigint;
update activities set object = case jsonb_typeof(body -> 'object')
    when 'string' then left(body ->> 'object', 500) else left(body #>> '{object,id}', 500) end;
create index activities_object on activities (person, object) where object is not null;
create index activities_back on activities (person, object)
    where type in ('Undo', 'Delete') and object is not null;

-- A purpose that a person withdrew backwards: no row up to `upto` is for it any more.
create table withdrawals (
    person text not null,
    purpose text not null,
    upto bigint not null,
    at timestamptz not null default clock_timestamp(),
    primary key (person, purpose)
);

-- What left the ledger, or may be used for less than before, for those who fold it: `ids` of rows,
-- or all rows up to `upto` for one purpose.
create table removals (
    id bigint generated always as identity primary key,
    person text not null,
    at timestamptz not null default clock_timestamp(),
    ids bigint[] not null default '{}',
    purpose text not null default '',
    upto bigint not null default 0
);
create index removals_person on removals (person, id);

alter table withdrawals enable row level security;
alter table removals enable row level security;
create policy own on withdrawals using (person = current_setting('musespark.person', true));
create policy own on removals using (person = current_setting('musespark.person', true));
grant select, insert, update, delete on withdrawals, removals to musespark_app;

-- Who was forgotten: a hash of the id, when, and how much; `whose` only until it is done. `told` is
-- when other processes were to notice.
create table forgotten (
    hash bytea primary key,
    whose text,
    begun timestamptz not null default clock_timestamp(),
    ended timestamptz,
    told timestamptz not null default clock_timestamp(),
    counts jsonb not null default '{}'
);
create index forgotten_told on forgotten (told);
create index forgotten_whose on forgotten (whose) where whose is not null;

-- Those who write to one person's ledger take turns, so that ids are in the order of commits: who
-- has read up to one will find nothing below it later.
create function ledger_turn() returns void language sql as $$
    select pg_advisory_xact_lock(1818584167, hashtext(current_setting('musespark.person', true)));
$$;

create function take_ledger_turn() returns trigger language plpgsql as $$
begin
    perform ledger_turn();
    return case tg_op when 'DELETE' then old else new end;
end $$;
-- What a person allows changes between two appends, never within one.
create trigger ledger_turn before insert or update or delete on consents
    for each row execute function take_ledger_turn();
create trigger ledger_turn before delete on activities
    for each statement execute function take_ledger_turn();

create function note_removal() returns trigger language plpgsql as $$
begin
    if current_setting('musespark.forgetting', true) = 'yes' then
        return null;
    end if;
    insert into removals (person, ids) select person, array_agg(id) from gone group by person;
    return null;
end $$;
create trigger removed after delete on activities referencing old table as gone
    for each statement execute function note_removal();

-- Whether this transaction's person was forgotten and has allowed nothing since.
create function is_forgotten() returns boolean
    language sql stable security definer set search_path from current as $$
    select exists (select from forgotten
        where hash = sha256(convert_to(current_setting('musespark.person', true), 'UTF8'))
          and (ended is null or not exists (select from consents where allowed
               and person = current_setting('musespark.person', true))));
$$;

-- Let what was undone or deleted take effect, among the rows from `since` on and those before. A row
-- whose object was deleted keeps no words; one that was undone is left out of every fold.
create function settle_activities(since bigint) returns void language plpgsql as $$
#variable_conflict use_column
declare
    own text := current_setting('musespark.person');
    changed bigint[];
begin
    with backs as materialized (
        select b.id, b.type, b.object, b.body from activities b
        where b.person = own and b.id >= since and b.type in ('Undo', 'Delete')
        union
        select b.id, b.type, b.object, b.body from activities a join activities b
            on b.person = own and b.type in ('Undo', 'Delete') and b.object in (a.uri, a.object)
        where a.person = own and a.id >= since and b.id < since and b.undone is null
    ), hit as (
        select a.id, b.id as by, false as erased
        from backs b join activities a on a.person = own and a.uri = b.object
        where b.type = 'Undo' and a.id <> b.id
        union
        select (select a.id from activities a
                where a.person = own and a.id < b.id and a.undone is null
                  and a.type = b.body #>> '{object,type}'
                  and a.object = coalesce(b.body #>> '{object,object,id}', b.body #>> '{object,object}')
                order by a.id desc limit 1), b.id, false
        from backs b where b.type = 'Undo' and b.object is null
        union
        select a.id, b.id, true from backs b join activities a on a.person = own
            and (a.object = b.object and jsonb_typeof(a.body -> 'object') = 'object'
                 or a.uri = b.object)
        where b.type = 'Delete' and a.type not in ('Delete', 'Undo')
    ), once as (
        select id, min(by) as by, bool_or(erased) as erased from hit where id is not null group by id
    ), done as (
        update activities a set undone = once.by,
            purposes = case when once.erased then '{}' else a.purposes end,
            body = case when once.erased then jsonb_build_object('actor', a.body -> 'actor',
                'object', jsonb_strip_nulls(jsonb_build_object('type', 'Tombstone', 'id', a.object,
                    'formerType', a.body #> '{object,type}'))) else a.body end
        from once where a.id = once.id and a.person = own
          and (a.undone is null or once.erased and a.body #>> '{object,type}' <> 'Tombstone')
        returning a.id
    )
    select array_agg(id) into changed from done;
    if changed is not null then
        insert into removals (person, ids) values (own, changed);
    end if;
end $$;

-- Append a batch in order. Each row is {"uri", "type", "published", "purposes" (null: all), "object",
-- "body"}, each uri once. A statement of its own reads what the person allows once it is our turn.
-- `state` is new, kept (the same came before), conflict (something else has that uri), gone (its
-- words were erased).
create function append_activities(batch jsonb)
    returns table (id bigint, uri text, state text) language plpgsql as $$
#variable_conflict use_column
declare
    own text := current_setting('musespark.person');
    allows text[];
    since bigint;
begin
    perform ledger_turn();
    if is_forgotten() then
        raise exception 'forgotten' using errcode = 'MS410';
    end if;
    since := coalesce((select max(id) from activities where person = own), 0) + 1;
    allows := array(select purpose from consents where person = own and allowed order by purpose);
    return query
    with given as materialized (
        select g.* from rows from (jsonb_to_recordset(batch) as (uri text, type text,
            published timestamptz, purposes jsonb, object text, body jsonb)) with ordinality
            g(uri, type, published, purposes, object, body, n)
    ), kept as (
        insert into activities (person, uri, type, published, purposes, object, body)
        select own, g.uri, g.type, g.published,
               case when g.purposes is null or allows = '{}' then allows
                    else array(select p from unnest(allows) p where g.purposes ? p) end,
               g.object, g.body
        from given g order by n
        on conflict (person, uri) do nothing
        returning activities.id, activities.uri
    )
    select kept.id, kept.uri, 'new' from kept
    union all
    select a.id, a.uri,
           case when a.type = g.type and a.body = g.body then 'kept'
                when a.body #>> '{object,type}' = 'Tombstone' and a.undone is not null then 'gone'
                else 'conflict' end
    from given g join activities a on a.person = own and a.uri = g.uri;
    if exists (select from activities where person = own and type in ('Undo', 'Delete')
               and object is not null)
            or exists (select from activities where person = own and id >= since and type = 'Undo')
    then
        perform settle_activities(since);
    end if;
end $$;

-- The same for a person, in one statement: what a transaction costs more is felt by one alone.
create function append_for(whose text, batch jsonb)
    returns table (id bigint, uri text, state text) language plpgsql as $$
begin
    perform set_config('musespark.person', whose, true);
    return query select * from append_activities(batch);
end $$;

-- Which of these ids are people of this server: nobody may post as one of them.
create function which_people(ids text[]) returns setof text
    language sql stable security definer set search_path from current as $$
    select person from people where person = any(ids);
$$;
revoke all on function which_people(text[]) from public;
grant execute on function which_people(text[]) to musespark_app;

create function begin_forgetting() returns void
    language sql security definer set search_path from current as $$
    insert into forgotten (hash, whose)
        select sha256(convert_to(own, 'UTF8')), own
        from (select current_setting('musespark.person') as own) mine
        on conflict (hash) do update set whose = excluded.whose, ended = null,
            told = clock_timestamp(), counts = '{}',
            begun = case when forgotten.ended is null then forgotten.begun else excluded.begun end;
$$;

-- Delete up to `most` rows of this transaction's person from one table that has a column `person`.
create function forget_rows(name text, most int) returns bigint
    language plpgsql security definer set search_path from current as $$
declare
    own text := current_setting('musespark.person');
    found bigint;
begin
    if not exists (select from forgotten where hash = sha256(convert_to(own, 'UTF8'))) then
        raise exception 'nobody asked to be forgotten';
    end if;
    if not exists (select from pg_attribute a join pg_class c on c.oid = a.attrelid
            where c.relname = name and c.relnamespace = current_schema()::regnamespace
              and a.attname = 'person' and not a.attisdropped and c.relkind = 'r') then
        raise exception 'no such table';
    end if;
    perform set_config('musespark.forgetting', 'yes', true);
    execute format('delete from %I where ctid = any(array(select ctid from %I where person = $1
        limit $2))', name, name) using own, most;
    get diagnostics found = row_count;
    return found;
end $$;

create function end_forgetting(how jsonb) returns void
    language sql security definer set search_path from current as $$
    update forgotten set whose = null, ended = clock_timestamp(), counts = how
        where whose = current_setting('musespark.person');
$$;

-- For every process: who was forgotten in the last so many seconds; who is still being forgotten.
create function forgotten_since(seconds double precision)
    returns table (hash bytea, told timestamptz)
    language sql stable security definer set search_path from current as $$
    select hash, told from forgotten where told > clock_timestamp() - make_interval(secs => seconds);
$$;
create function still_forgetting(seconds double precision) returns setof text
    language sql stable security definer set search_path from current as $$
    select whose from forgotten
        where whose is not null and told < clock_timestamp() - make_interval(secs => seconds);
$$;

-- The tables of the app that a person's rows are to be deleted from, children first: `indexed` by
-- person, or `follows` the deletion of the row that it belongs to.
create function person_tables() returns table (name text, indexed boolean, follows boolean)
    language sql stable set search_path from current as $$
    with recursive held as (
        select c.oid, c.relname::text as name from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
          and a.attname = 'person' and not a.attisdropped
    ), leads as (
        select distinct f.conrelid as child, f.confrelid as parent, f.confdeltype = 'c' as cascades
        from pg_constraint f where f.contype = 'f' and f.conrelid <> f.confrelid
          and f.conrelid in (select oid from held) and f.confrelid in (select oid from held)
    ), deep as (
        select oid, 0 as depth from held
        union select l.child, d.depth + 1 from deep d join leads l on l.parent = d.oid
        where d.depth < 20
    )
    select h.name,
           exists (select from pg_index i join pg_attribute a on a.attrelid = h.oid
                       and a.attnum = i.indkey[0] and a.attname = 'person'
                   where i.indrelid = h.oid and i.indisvalid and i.indpred is null),
           exists (select from leads l where l.child = h.oid and l.cascades)
    from held h join (select oid, max(depth) as depth from deep group by oid) d on d.oid = h.oid
    order by d.depth desc, h.name;
$$;

revoke all on function is_forgotten(), begin_forgetting(), forget_rows(text, int),
    end_forgetting(jsonb), forgotten_since(double precision), still_forgetting(double precision),
    person_tables() from public;
grant execute on function is_forgotten(), begin_forgetting(), forget_rows(text, int),
    end_forgetting(jsonb), forgotten_since(double precision), still_forgetting(double precision),
    person_tables() to musespark_app;
