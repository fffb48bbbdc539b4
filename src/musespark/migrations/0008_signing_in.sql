-- Signing in beside keys: one-time links, passwords, passkeys, accounts elsewhere; what a browser
-- was asked to prove, and who tried too often. Nothing here can be used by who reads it: words that
-- somebody holds are kept as hashes.

-- A session may belong to a person alone. `way` is how they signed in, `proven` when they last
-- showed that it is them, `browser` its name for them to know it by.
alter table sessions alter column key drop not null;
alter table sessions
    add column way text not null default 'key'
        check (way in ('key', 'link', 'password', 'passkey', 'openid')),
    add column browser text not null default '',
    add column proven timestamptz not null default now();

drop function session_owner(bytea);
create function session_owner(hashed bytea)
    returns table (id text, person text, key text, created timestamptz, way text,
                   proven timestamptz)
    language sql security definer set search_path from current as $$
    with opened as (
        update sessions set used = now() where sessions.hash = hashed
            and sessions.used > now() - interval '30 days'
            and (sessions.key is null or exists (
                select from keys where keys.id = sessions.key and keys.revoked is null
                    and keys.person = sessions.person
                    and (keys.until is null or keys.until > now())))
            returning sessions.id, sessions.person, sessions.key, sessions.created, sessions.way,
                sessions.proven
    ), touched as (
        update keys set used = now() where keys.id in (select opened.key from opened)
    )
    select opened.id, opened.person, coalesce(opened.key, ''), opened.created, opened.way,
        opened.proven from opened;
$$;

-- A link that signs in once: `person` is who it is for, `made_by` who made it ("" for the server
-- itself). With a role it is an invitation: the person is not here yet.
create table links (
    id text primary key,
    person text not null,
    made_by text not null default '',
    hash bytea not null unique,
    role text check (role in ('owner', 'manager', 'creator', 'member', 'guest')),
    name text not null default '',
    created timestamptz not null default now(),
    expires timestamptz not null
);
create index links_person on links (person);
create index links_made_by on links (made_by);

-- The links that somebody made go with them.
create function unmade_links() returns trigger
    language plpgsql security definer set search_path from current as $$
begin
    delete from links where made_by = old.person;
    return null;
end $$;
create trigger unmade_links after delete on people
    for each row execute function unmade_links();
revoke all on function unmade_links() from public;

create table passwords (
    person text primary key,
    login text not null unique,
    hash text not null,
    changed timestamptz not null default now()
);

-- `handle` is what the person's devices know them by at `host`; the same for all of theirs.
create table passkeys (
    id text primary key,
    person text not null,
    host text not null,
    handle bytea not null,
    credential bytea not null unique,
    public_key bytea not null,
    count bigint not null default 0,
    transports text[] not null default '{}',
    synced boolean not null default false,
    name text not null,
    created timestamptz not null default now(),
    used timestamptz
);
create index passkeys_person on passkeys (person);

-- An account at somebody else's server (OpenID Connect), known by who issued it and its number
-- there, never by an e-mail address.
create table accounts (
    id text primary key,
    person text not null,
    issuer text not null,
    subject text not null,
    provider text not null,
    name text not null default '',
    created timestamptz not null default now(),
    used timestamptz,
    unique (issuer, subject)
);
create index accounts_person on accounts (person);

-- What a browser is to answer: taken once, by the browser that was asked, before it expires.
-- `person` is "" where nobody is signed in yet.
create table challenges (
    hash bytea primary key,
    person text not null default '',
    browser bytea not null,
    kind text not null,
    body jsonb not null,
    expires timestamptz not null
);
create index challenges_expires on challenges (expires);
create index challenges_person on challenges (person);

do $$
declare
    name text;
begin
    foreach name in array array['passwords', 'passkeys', 'accounts', 'challenges'] loop
        execute format('alter table %I enable row level security', name);
        execute format($p$create policy own on %I using
            ((person = nullif(current_setting('musespark.person', true), '')) is true)$p$, name);
        execute format('grant select, insert, update, delete on %I to musespark_app', name);
    end loop;
end $$;
-- Who made a link sees it, too, and may end it.
alter table links enable row level security;
create policy own on links
    using (current_setting('musespark.person', true) in (person, nullif(made_by, '')));
grant select, insert, delete on links to musespark_app;

-- Tries to sign in, by whom and from where. Both are kept as hashes that only this database can
-- make, so that a row tells neither a name nor an address.
create table pepper (word bytea not null);
insert into pepper values (decode(replace(concat(gen_random_uuid(), gen_random_uuid()), '-', ''),
                                  'hex'));
create table attempts (
    hash bytea primary key,
    failed int not null default 0,
    last timestamptz not null default now(),
    until timestamptz not null default now(),
    good timestamptz
);
create index attempts_last on attempts (last);

create function peppered(what text) returns bytea
    language sql stable security definer set search_path from current as $$
    select sha256(word || convert_to(what, 'UTF8')) from pepper;
$$;

-- Count a try, or say how many seconds it has to wait. Each of `tries` is {"what", "free", "longest",
-- "known"}: the try after `free` of them waits a second, each further one twice as long, up to
-- `longest` seconds; where `known` was right within 30 days, it does not wait. A try counts until it
-- `succeeded`, so that many at once gain nothing. `burst` says that this one brought a first wait.
create function attempt(tries jsonb) returns table (wait double precision, burst boolean)
    language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
    moment timestamptz;
    try record;
    found timestamptz;
    count int;
begin
    wait := 0;
    burst := false;
    if random() < 0.01 then
        delete from attempts where last < now() - interval '1 day'
            and (good is null or good < now() - interval '30 days');
    end if;
    insert into attempts (hash)
        select peppered(t.what) from jsonb_to_recordset(tries) as t(what text) order by 1
        on conflict do nothing;
    for try in select peppered(t.what) as hash, peppered(t.known) as known
            from jsonb_to_recordset(tries) as t(what text, known text) order by 1
    loop
        select until into found from attempts where hash = try.hash for update;
        moment := clock_timestamp();
        if found > moment and not exists (select from attempts where hash = try.known
                and good > moment - interval '30 days') then
            wait := greatest(wait, extract(epoch from found - moment));
        end if;
    end loop;
    if wait = 0 then
        for try in select peppered(t.what) as hash, t.free, t.longest
                from jsonb_to_recordset(tries) as t(what text, free int, longest int) order by 1
        loop
            update attempts
                set failed = case when last < moment - interval '1 day' then 1 else failed + 1 end,
                    last = moment
                where hash = try.hash returning failed into count;
            if count >= try.free then
                update attempts set until = moment + interval '1 second'
                    * least(try.longest, 2 ^ least(count - try.free, 30)) where hash = try.hash;
                burst := burst or count = try.free;
            end if;
        end loop;
    end if;
    return next;
end $$;

-- A try was right: it does not count, and where `clear`, nothing before it does.
create function succeeded(tries jsonb) returns void
    language sql security definer set search_path from current as $$
    update attempts set until = least(until, now()), good = now(),
            failed = case when t.clear then 0 else greatest(failed - 1, 0) end
        from jsonb_to_recordset(tries) as t(what text, clear boolean)
        where hash = peppered(t.what);
$$;

-- Asked by no single person: whether anything but this machine may come in, by which ways, and whose
-- a link, a password, a passkey or an account is.
create function any_credential() returns boolean
    language sql stable security definer set search_path from current as $$
    select exists (select from passwords) or exists (select from passkeys)
        or exists (select from accounts);
$$;
create function ways_in(here text) returns table (key boolean, password boolean, passkey boolean)
    language sql stable security definer set search_path from current as $$
    select exists (select from keys where revoked is null), exists (select from passwords),
        exists (select from passkeys where host = here);
$$;
-- A link is used up, and who it invites is here from now on, if who made it may still do that.
create function use_link(hashed bytea)
    returns table (id text, person text, made_by text, role text, name text)
    language plpgsql security definer set search_path from current as $$
#variable_conflict use_column
declare
    link links;
begin
    delete from links where hash = hashed and expires > now() returning * into link;
    if not found or link.made_by <> '' and role_of(link.made_by) <> 'owner' and not (
            link.role is not null and role_of(link.made_by) = 'manager'
            and rank_of(link.role) > rank_of('manager')) then
        return;
    end if;
    if link.role is not null then
        insert into people (person, name, role) values (link.person, link.name, link.role)
            on conflict do nothing;
    end if;
    return query select link.id, link.person, link.made_by, link.role, link.name;
end $$;
create function password_of(whose text) returns table (person text, hash text)
    language sql stable security definer set search_path from current as $$
    select person, hash from passwords where login = whose;
$$;
create function passkey_owner(held bytea)
    returns table (id text, person text, host text, handle bytea, public_key bytea, count bigint)
    language sql stable security definer set search_path from current as $$
    select id, person, host, handle, public_key, count from passkeys where credential = held;
$$;
create function account_owner(from_issuer text, known_as text) returns table (id text, person text)
    language sql security definer set search_path from current as $$
    update accounts set used = now() where issuer = from_issuer and subject = known_as
        returning accounts.id, accounts.person;
$$;
-- Somebody comes from a provider for the first time, where its people may: they are here from now on.
create function join_by_account(new_person text, new_id text, from_issuer text, known_as text,
                                names text[], has_role text) returns text
    language plpgsql security definer set search_path from current as $$
begin
    if rank_of(has_role) <= rank_of('manager') then
        raise insufficient_privilege;
    end if;
    insert into accounts (id, person, issuer, subject, provider, name, used)
        values (new_id, new_person, from_issuer, known_as, names[1], names[2], now())
        on conflict do nothing;
    if found then
        insert into people (person, name, role) values (new_person, names[2], has_role);
    end if;
    return (select person from accounts where issuer = from_issuer and subject = known_as);
end $$;
create function challenge(hashed bytea, whose text, by bytea, about text, what jsonb, seconds int)
    returns void language sql security definer set search_path from current as $$
    delete from challenges where expires < now();
    insert into challenges (hash, person, browser, kind, body, expires)
        values (hashed, whose, by, about, what, now() + seconds * interval '1 second');
$$;
create function take_challenge(hashed bytea, by bytea, about text)
    returns table (person text, body jsonb)
    language sql security definer set search_path from current as $$
    delete from challenges where hash = hashed and browser = by and kind = about
            and expires > now()
        returning challenges.person, challenges.body;
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'session_owner(bytea)', 'attempt(jsonb)', 'succeeded(jsonb)', 'any_credential()',
        'ways_in(text)', 'use_link(bytea)', 'password_of(text)', 'passkey_owner(bytea)',
        'account_owner(text, text)', 'join_by_account(text, text, text, text, text[], text)',
        'challenge(bytea, text, bytea, text, jsonb, int)',
        'take_challenge(bytea, bytea, text)']
    loop
        execute format('revoke all on function %s from public', name);
        execute format('grant execute on function %s to musespark_app', name);
    end loop;
end $$;
revoke all on function peppered(text) from public;
