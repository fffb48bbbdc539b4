-- Files that a person sent: a row each here, their bytes by content in the home's folder. What is
-- attached to a question lives as long as a run that it was attached to; what was uploaded for
-- other purposes stays until the person deletes it.

create table files (
    id text primary key,
    person text not null,
    name text not null,
    media text not null,
    bytes bigint not null,
    sha256 text not null,
    purpose text not null,
    created timestamptz not null default now()
);
create index files_person on files (person, created desc, id desc);
create index files_sha256 on files (sha256);

-- Which run a file was attached to.
create table file_uses (
    run text not null references runs on delete cascade,
    file text not null references files on delete cascade,
    person text not null,
    primary key (run, file)
);
create index file_uses_file on file_uses (file);

alter table files enable row level security;
alter table file_uses enable row level security;
create policy own on files using (person = current_setting('musespark.person', true));
create policy own on file_uses using (person = current_setting('musespark.person', true));
grant select, insert, update, delete on files, file_uses to musespark_app;

-- Contents that may have lost their last row: their bytes are still to be removed.
create table files_gone (sha256 text primary key);

create function file_unused() returns trigger
    language plpgsql security definer set search_path from current as $$
begin
    delete from files where id = old.file and purpose = 'attached'
        and not exists (select from file_uses where file = old.file);
    return null;
end $$;
create trigger file_unused after delete on file_uses
    for each row execute function file_unused();

create function file_gone() returns trigger
    language plpgsql security definer set search_path from current as $$
begin
    insert into files_gone values (old.sha256) on conflict do nothing;
    return null;
end $$;
create trigger file_gone after delete on files for each row execute function file_gone();

create function gone_files() returns table (sha256 text)
    language sql security definer set search_path from current as $$
    -- attached to a question that was never asked
    delete from files where purpose = 'attached' and created < now() - interval '1 day'
        and not exists (select from file_uses where file = files.id);
    select sha256 from files_gone limit 1000;
$$;

-- Hold a content for this transaction. Nobody else writes or removes its bytes meanwhile.
create function hold_file(content text) returns void
    language sql as $$
    select pg_advisory_xact_lock(hashtextextended('musespark.file.' || content, 0));
$$;

-- Whether no row has this content any more, so that its bytes can be removed in this transaction.
create function forget_file(content text) returns boolean
    language plpgsql security definer set search_path from current as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('musespark.file.' || content, 0));
    delete from files_gone where sha256 = content;
    return not exists (select from files where sha256 = content);
end $$;

revoke all on function file_unused(), file_gone(), gone_files(), forget_file(text) from public;
grant execute on function gone_files(), forget_file(text) to musespark_app;
