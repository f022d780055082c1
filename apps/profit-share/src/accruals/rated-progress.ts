/**
 * How far the rated usage of each source partition has been heard.
 *
 * Invariant   ranges apply in order and once, whatever carried them: last + 1 applies, the seen is
 *             dropped, what is beyond waits in this database (R13).
 * Rejections  none; Defect RANGE_OVERLAPS when a range begins inside what was heard
 * Source      design rulings R6, R13; docs/architecture.md 5
 */
import { Defect } from '@suanpan/event-sourcing';
import type { UsageRated } from '@suanpan/messages';
import { decode, encode } from '@suanpan/messages';
import type { Tx } from '@suanpan/platform-postgres';

type Range = Pick<UsageRated, 'sourceTopic' | 'sourcePartition' | 'firstOffset' | 'lastOffset'>;

type RangeVerdict = 'apply' | 'seen' | 'ahead';

const OPEN = `
insert into rated_progress (source_topic, source_partition, next_offset) values ($1, $2, 0)
on conflict do nothing`;

const STANDS_AT = `
select next_offset from rated_progress
where source_topic = $1 and source_partition = $2 for update`;

const MOVE = `
update rated_progress set next_offset = $3 where source_topic = $1 and source_partition = $2`;

/** Says whether a range is the next of its partition, and moves over it when it is. */
export const moveOver = async (tx: Tx, range: Range): Promise<RangeVerdict> => {
  const { sourceTopic, sourcePartition, firstOffset, lastOffset } = range;
  const source = [sourceTopic, sourcePartition];
  await tx.query(OPEN, source);
  const [row] = await tx.query<{ next_offset: string }>(STANDS_AT, source);
  const next = BigInt(row?.next_offset ?? 0);
  if (lastOffset < next) return 'seen';
  if (firstOffset > next) return 'ahead';
  if (firstOffset < next) {
    const place = `${sourceTopic}/${sourcePartition}`;
    throw new Defect(
      'RANGE_OVERLAPS',
      `${place}: ${firstOffset}..${lastOffset}, heard to ${next}.`,
    );
  }
  await tx.query(MOVE, [...source, (lastOffset + 1n).toString()]);
  return 'apply';
};

/** Keeps a range that came before its predecessor. */
export const parkRange = async (tx: Tx, rated: UsageRated): Promise<void> => {
  await tx.query(
    `insert into rated_parked (source_topic, source_partition, first_offset, last_offset, value)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [
      rated.sourceTopic,
      rated.sourcePartition,
      rated.firstOffset.toString(),
      rated.lastOffset.toString(),
      encode('usage.rated', rated),
    ],
  );
};

/** Takes the range that begins where `after` ended, if it has come already. */
export const takeParkedRange = async (tx: Tx, after: Range): Promise<UsageRated | undefined> => {
  const [row] = await tx.query<{ value: Buffer }>(
    `delete from rated_parked
     where source_topic = $1 and source_partition = $2 and first_offset = $3 returning value`,
    [after.sourceTopic, after.sourcePartition, (after.lastOffset + 1n).toString()],
  );
  if (row === undefined) return undefined;
  const message = decode(row.value);
  return message.type === 'usage.rated' ? message.value : undefined;
};
