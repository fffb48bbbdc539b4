-- Roles that hold in the database too, keys with scopes and an end, and apps that vouch for people.

alter table people add column ended timestamptz;
comment on column people.ended is 'Since when this person comes in no more; what is theirs stays.';

-- Everybody there is has a row.
insert into people (person, role) values ('owner', 'owner')
    on conflict (person) do update set role = 'owner';
insert into people (person)
    select person from keys union select person from conversations union select person from files
        union select person from activities
    on conflict do nothing;

-- A person changes their own name, never their own role: that is for the functions below.
revoke insert, update on people from musespark_app;
grant insert (person, name, language, zone), update (name, language, zone)
    on people to musespark_app;

-- From most to least, 1 for the owner; what is none stands below all.
create function rank_of(role text) returns int language sql immutable as $$
    select coalesce(array_position(
        array['owner', 'manager', 'creator', 'member', 'guest'], role), 6);
$$;

create function role_of(whose text) returns text
    language sql stable security definer set search_path from current as $$
    select case when whose = 'owner' then 'owner' else coalesce(
        (select case when ended is null then role else '' end from people where person = whose),
        'member') end;
$$;

-- Whether the one who asks may give `whose` that role: owners any but the owner's own, managers
-- what is below a manager to who is below one.
create function may_change(whose text, role text) returns boolean
    language sql stable security definer set search_path from current as $$
    select whose <> 'owner' and case role_of(asks)
        when 'owner' then true
        when 'manager' then rank_of(role) > 2 and rank_of(coalesce(
            (select people.role from people where person = whose), 'member')) > 2
        else false end
    from current_setting('musespark.person', true) as asks;
$$;

-- The people, for an owner or a manager; for everybody else there are none. `one` picks a person.
create function people_seen(one text, after text, words text, most int)
    returns table (person text, name text, role text, language text, zone text,
                   created timestamptz, ended timestamptz)
    language sql stable security definer set search_path from current as $$
    select p.person, p.name, p.role, p.language, p.zone, p.created, p.ended from people p
    where rank_of(role_of(current_setting('musespark.person', true))) <= 2
        and (one = '' or p.person = one) and p.person > after
        and (words = '' or position(lower(words) in lower(p.name || ' ' || p.person)) > 0)
    order by p.person limit most;
$$;

-- A new person, by somebody who may. False where there is one with that id.
create function add_person(whose text, called text, has_role text, speaks text, lives text)
    returns boolean language plpgsql security definer set search_path from current as $$
begin
    if not may_change(whose, has_role) then
        raise insufficient_privilege;
    end if;
    insert into people (person, name, role, language, zone)
        values (whose, called, has_role, speaks, lives) on conflict do nothing;
    return found;
end $$;

-- Another role, or name, for somebody; null leaves it. False where there is no such person. A guest
-- allows nothing.
create function change_person(whose text, called text, has_role text)
    returns boolean language plpgsql security definer set search_path from current as $$
begin
    if not may_change(whose, coalesce(has_role, 'guest')) then
        raise insufficient_privilege;
    end if;
    update people set name = coalesce(called, name), role = coalesce(has_role, role)
        where person = whose;
    if has_role = 'guest' then
        update consents set allowed = false, since = clock_timestamp()
            where person = whose and allowed;
    end if;
    return exists (select from people where person = whose);
end $$;

-- Somebody comes in no more: their keys and sessions end, what is theirs stays. Or they may again.
create function end_person(whose text, gone boolean)
    returns boolean language plpgsql security definer set search_path from current as $$
begin
    if not may_change(whose, 'guest') then
        raise insufficient_privilege;
    end if;
    update people set ended = case when gone then coalesce(ended, now()) end where person = whose;
    if found and gone then
        update keys set revoked = now() where keys.person = whose and revoked is null;
        delete from sessions where sessions.person = whose;
    end if;
    return found;
end $$;

-- Keys with bounds. `*` is everything that the person may do.
alter table keys add column scopes text[] not null default '{*}';
alter table keys add column until timestamptz;

drop function key_owner(bytea);
create function key_owner(hashed bytea)
    returns table (id text, person text, scopes text[], until timestamptz)
    language sql security definer set search_path from current as $$
    update keys set used = now()
        where hash = hashed and revoked is null and (keys.until is null or keys.until > now())
        returning keys.id, keys.person, keys.scopes, keys.until;
$$;

create or replace function session_owner(hashed bytea)
    returns table (id text, person text, key text, created timestamptz)
    language sql security definer set search_path from current as $$
    with opened as (
        update sessions set used = now() from keys
            where sessions.hash = hashed and keys.id = sessions.key and keys.revoked is null
                and keys.person = sessions.person
                and (keys.until is null or keys.until > now())
                and sessions.used > now() - interval '30 days'
            returning sessions.id, sessions.person, sessions.key, sessions.created
    ), touched as (
        update keys set used = now() where keys.id in (select opened.key from opened)
    )
    select * from opened;
$$;

-- Apps that vouch for their own people by tokens that they sign. No person's data: what stands here
-- is the operator's. The ids of an app's people begin with its name and a colon.
create table hosts (
    name text primary key check (name ~ '^[a-z][a-z0-9-]{0,39}$'),
    issuer text not null,
    audience text not null,
    algorithms text[] not null,
    keys jsonb not null default '[]',
    jwks_url text not null default '',
    role text not null default 'member' check (role in ('creator', 'member', 'guest')),
    created timestamptz not null default now(),
    changed timestamptz not null default clock_timestamp(),
    ended timestamptz
);
create unique index hosts_issuer on hosts (issuer) where ended is null;
alter table hosts enable row level security;
create policy everybody on hosts for select using (true);
create policy owners on hosts
    using (role_of(current_setting('musespark.person', true)) = 'owner')
    with check (role_of(current_setting('musespark.person', true)) = 'owner');
grant select, insert, update, delete on hosts to musespark_app;

-- A person whom an app vouches for, seen for the first time: with the role that the app's have.
create function host_person(app text, whose text, called text, speaks text, lives text)
    returns void language sql security definer set search_path from current as $$
    insert into people (person, name, role, language, zone)
        select whose, called, hosts.role, speaks, lives from hosts
        where hosts.name = app and ended is null and starts_with(whose, app || ':')
        on conflict do nothing;
$$;

-- Whether anything but this machine can come in: a key, or an app's people.
create or replace function any_key() returns boolean
    language sql stable security definer set search_path from current as $$
    select exists (select from keys where revoked is null)
        or exists (select from hosts where ended is null);
$$;

revoke all on function role_of(text), may_change(text, text),
    people_seen(text, text, text, int), add_person(text, text, text, text, text),
    change_person(text, text, text), end_person(text, boolean), key_owner(bytea),
    host_person(text, text, text, text, text) from public;
grant execute on function role_of(text), people_seen(text, text, text, int),
    add_person(text, text, text, text, text), change_person(text, text, text),
    end_person(text, boolean), key_owner(bytea), host_person(text, text, text, text, text)
    to musespark_app;
