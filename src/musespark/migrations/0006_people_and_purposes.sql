-- People with a role, what each of them allows, and who saw or changed what of theirs.

alter table people add column role text not null default 'member'
    check (role in ('owner', 'manager', 'creator', 'member', 'guest'));
comment on column people.person is 'The stable, opaque id that every other table knows them by.';

-- What a person allows at this moment; the changes themselves are activities of the ledger. A purpose
-- without a row is not allowed.
create table consents (
    person text not null,
    purpose text not null,
    allowed boolean not null,
    since timestamptz not null default clock_timestamp(),
    primary key (person, purpose)
);

-- Who saw or changed what of a person's: written with the deed, never changed. `actor` is who did
-- it ("" for the server itself), `deed` a word for programs, `about` what it concerned.
create table audit (
    id bigint generated always as identity primary key,
    person text not null,
    at timestamptz not null default clock_timestamp(),
    actor text not null,
    deed text not null,
    about text not null default '',
    detail jsonb not null default '{}'
);
create index audit_person on audit (person, id desc);

alter table consents enable row level security;
alter table audit enable row level security;
create policy own on consents using (person = current_setting('musespark.person', true));
create policy own on audit using (person = current_setting('musespark.person', true));
grant select, insert, update, delete on consents to musespark_app;
grant select, insert, delete on audit to musespark_app;
