-- How the ledger of one person stands, asked before each answer from an index in memory: one round
-- trip. It sees what the person sees, no more.
create function recollection_state(own text)
    returns table (generation bigint, last bigint, removed bigint, withdrawn bigint)
    language plpgsql as $$
#variable_conflict use_column
begin
    perform set_config('musespark.person', own, true);
    return query select
        (select generation from recollecting where person = own),
        coalesce((select max(id) from activities where person = own), 0),
        coalesce((select max(id) from removals where person = own), 0),
        coalesce((select upto from withdrawals where person = own and purpose = 'memory'), 0);
end $$;
revoke all on function recollection_state(text) from public;
grant execute on function recollection_state(text) to musespark_app;
