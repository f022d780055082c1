/**
 * Where a consumer stands in each partition, and who may move it on.
 *
 * Invariant   neither the offset nor the epoch ever goes back (I20).
 * Source      reliability D01, D02; docs/architecture.md 5
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, grantPipeline } from '../row-security.js';

const table = `
create table consumer_offset (
  group_id    text        not null,
  topic       text        not null,
  partition   integer     not null check (partition >= 0),
  epoch       bigint      not null check (epoch > 0),
  next_offset bigint      not null default 0 check (next_offset >= 0),
  cluster_id  text        not null,
  updated_at  timestamptz not null default clock_timestamp(),
  primary key (group_id, topic, partition)
) with (fillfactor = 50);
create function consumer_offset_goes_forward() returns trigger language plpgsql as $$
begin
  if new.next_offset < old.next_offset or new.epoch < old.epoch then
    raise exception 'consumer_offset %/% cannot go from % (epoch %) to % (epoch %)',
      old.topic, old.partition, old.next_offset, old.epoch, new.next_offset, new.epoch
      using errcode = '23514';
  end if;
  return new;
end $$;
create trigger consumer_offset_goes_forward before update on consumer_offset
  for each row execute function consumer_offset_goes_forward();`;

export class CreateConsumerOffset1700000000001 implements MigrationInterface {
  readonly name = 'CreateConsumerOffset1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    await runner.query(grant('select, insert, update', 'consumer_offset'));
    await runner.query(grantPipeline('select, insert, update', 'consumer_offset'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table consumer_offset; drop function consumer_offset_goes_forward()');
  }
}
