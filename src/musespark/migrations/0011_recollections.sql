-- What is remembered of each person, ready to be searched: pieces of an index (numbers, no words)
-- made from the ledger, each for the ids from `first` to `last`. They can be thrown away at any time.
create table recollections (
    person text not null,
    first bigint not null,
    last bigint not null,
    body bytea not null,
    primary key (person, first)
);
alter table recollections alter column body set storage external;

-- Which state of the ledger an index in memory was made from. It grows by one when words are taken
-- away, by a million when they were changed.
create table recollecting (
    person text primary key,
    generation bigint not null default (extract(epoch from clock_timestamp()) * 1000000)::bigint
);

alter table recollections enable row level security;
alter table recollecting enable row level security;
create policy own on recollections
    using (person = current_setting('musespark.person', true));
create policy own on recollecting
    using (person = current_setting('musespark.person', true));
grant select, insert, update, delete on recollections to musespark_app;
grant select, insert, update, delete on recollecting to musespark_app;

-- Whoever deletes or changes an activity that may be remembered, by whatever way, takes the pieces
-- that cover it along, in the same transaction. The generation comes first: who writes a piece holds
-- it, so that none is written after its words are gone.
create function recollections_deleted() returns trigger language plpgsql security definer
    set search_path from current as $$
begin
    update recollecting set generation = generation + 1
        where person in (select person from old_rows where 'memory' = any(purposes));
    if found then
        delete from recollections piece where exists (
            select from old_rows gone where gone.person = piece.person
            and gone.id between piece.first and piece.last and 'memory' = any(gone.purposes));
    end if;
    return null;
end $$;
create function recollections_changed() returns trigger language plpgsql security definer
    set search_path from current as $$
declare
    ids bigint[];
begin
    select array_agg(old_rows.id) into ids from old_rows join new_rows using (id)
        where ('memory' = any(old_rows.purposes)) <> ('memory' = any(new_rows.purposes))
           or 'memory' = any(new_rows.purposes) and (old_rows.body is distinct from new_rows.body
              or old_rows.published is distinct from new_rows.published);
    if ids is not null then
        update recollecting set generation = generation + 1000000
            where person in (select person from old_rows where id = any(ids));
        delete from recollections piece where exists (
            select from old_rows where old_rows.person = piece.person and id = any(ids)
            and id between piece.first and piece.last);
    end if;
    return null;
end $$;
create trigger recollections_deleted after delete on activities
    referencing old table as old_rows for each statement execute function recollections_deleted();
create trigger recollections_changed after update on activities
    referencing old table as old_rows new table as new_rows
    for each statement execute function recollections_changed();
