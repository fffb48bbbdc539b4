-- Pictures, sound, video and documents that an archive brought along: which kept file is number
-- `place` of what is attached to which activity. Such a file (its purpose is 'imported') lives as long
-- as an activity that it belongs to.

create table activity_files (
    person text not null,
    activity bigint not null,
    place int not null,
    file text not null references files on delete cascade,
    primary key (activity, place)
);
create index activity_files_file on activity_files (file);
create index activity_files_person on activity_files (person);

alter table activity_files enable row level security;
create policy own on activity_files
    using ((person = current_setting('musespark.person', true)) is true);
grant select, insert, update, delete on activity_files to musespark_app;

-- Equal contents of a person are one file, also when two imports bring them at once.
create unique index files_imported on files (person, sha256) where purpose = 'imported';

-- A file goes with the last activity that it belongs to. Who is forgotten loses all files anyway.
create function file_belongs() returns trigger
    language plpgsql security definer set search_path from current as $$
begin
    if current_setting('musespark.forgetting', true) = 'yes' then
        return null;
    end if;
    delete from files f using gone where f.id = gone.file and f.purpose = 'imported'
        and not exists (select from activity_files a where a.file = f.id)
        and not exists (select from file_uses u where u.file = f.id);
    return null;
end $$;
create trigger file_belongs after delete on activity_files referencing old table as gone
    for each statement execute function file_belongs();

-- The activities of a person have no number that this table could follow cheaply, a hundred thousand
-- at once: one statement for all that a statement deleted.
create function activities_gone() returns trigger
    language plpgsql security definer set search_path from current as $$
begin
    if current_setting('musespark.forgetting', true) = 'yes' then
        return null;
    end if;
    delete from activity_files f using gone where f.activity = gone.id;
    return null;
end $$;
create trigger files_follow after delete on activities referencing old table as gone
    for each statement execute function activities_gone();

-- What was deleted keeps no words, and no pictures.
create function activity_emptied() returns trigger
    language plpgsql security definer set search_path from current as $$
begin
    delete from activity_files where activity = new.id;
    return null;
end $$;
create trigger files_emptied after update of body on activities for each row
    when (new.body #>> '{object,type}' = 'Tombstone') execute function activity_emptied();

create or replace function gone_files() returns table (sha256 text)
    language sql security definer set search_path from current as $$
    -- attached to a question that was never asked, or of an import that was broken off
    delete from files where purpose in ('attached', 'imported')
        and created < now() - interval '1 day'
        and not exists (select from file_uses where file = files.id)
        and not exists (select from activity_files where file = files.id);
    select sha256 from files_gone limit 1000;
$$;

revoke all on function file_belongs(), activities_gone(), activity_emptied() from public;
