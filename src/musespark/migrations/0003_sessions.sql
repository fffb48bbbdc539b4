-- Browsers that are signed in. A session belongs to the key it was opened with and ends with it, by
-- signing out, or after 30 days without use. Only a hash of what the browser holds is kept.

create table sessions (
    id text primary key,
    person text not null,
    key text not null references keys on delete cascade,
    hash bytea not null unique,
    created timestamptz not null default now(),
    used timestamptz not null default now()
);
create index sessions_person on sessions (person);
create index sessions_key on sessions (key);

alter table sessions enable row level security;
create policy own on sessions using (person = current_setting('musespark.person', true));
grant select, insert, update, delete on sessions to musespark_app;

-- Whose a session is: asked by no single person, like key_owner.
create function session_owner(hashed bytea)
    returns table (id text, person text, key text, created timestamptz)
    language sql security definer set search_path from current as $$
    with opened as (
        update sessions set used = now() from keys
            where sessions.hash = hashed and keys.id = sessions.key and keys.revoked is null
                and keys.person = sessions.person
                and sessions.used > now() - interval '30 days'
            returning sessions.id, sessions.person, sessions.key, sessions.created
    ), touched as (
        update keys set used = now() where keys.id in (select opened.key from opened)
    )
    select * from opened;
$$;
revoke all on function session_owner(bytea) from public;
grant execute on function session_owner(bytea) to musespark_app;
