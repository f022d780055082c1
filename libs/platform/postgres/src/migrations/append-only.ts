/** SQL that makes a table append-only for every role, the owner included (I7, S29). */
export const appendOnly = (table: string): string => `
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = '42501';
end $$;
create trigger ${table}_is_append_only before update or delete on ${table}
  for each row execute function refuse_change();
create trigger ${table}_is_never_truncated before truncate on ${table}
  for each statement execute function refuse_change();`;
