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
create function recollections_lose(gone bigint[], whose text[], step bigint) returns void
    language plpgsql security definer set search_path from current as $$
begin
    update recollecting set generation = generation + step where person = any(whose);
    if found then
        delete from recollections piece where person = any(whose) and exists (
            select from unnest(gone, whose) as lost(id, person)
            where lost.person = piece.person and lost.id between piece.first and piece.last);
    end if;
end $$;
revoke all on function recollections_lose(bigint[], text[], bigint) from public;

create function recollections_deleted() returns trigger language plpgsql security definer
    set search_path from current as $$
begin
    perform recollections_lose(array_agg(id), array_agg(person), 1) from old_rows
        where 'memory' = any(purposes) having count(*) > 0;
    return null;
end $$;
create function recollections_changed() returns trigger language plpgsql security definer
    set search_path from current as $$
begin
    perform recollections_lose(array_agg(o.id), array_agg(o.person),
            max(case when n.undone is null and 'memory' = any(n.purposes) then 1000000 else 1 end))
        from old_rows o join new_rows n using (id)
        where o.undone is null and 'memory' = any(o.purposes)
              and (n.undone is not null or not 'memory' = any(n.purposes)
                   or o.body is distinct from n.body or o.published is distinct from n.published)
           or (o.undone is not null or not 'memory' = any(o.purposes))
              and n.undone is null and 'memory' = any(n.purposes)
        having count(*) > 0;
    return null;
end $$;
create trigger recollections_deleted after delete on activities
    referencing old table as old_rows for each statement execute function recollections_deleted();
create trigger recollections_changed after update on activities
    referencing old table as old_rows new table as new_rows
    for each statement execute function recollections_changed();
