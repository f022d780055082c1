/**
 * Counts unreadable records of a partition in a row, and stops it before a bad deployment drains
 * revenue into the quarantine.
 *
 * Invariant   the count moves on with the commit only, so a batch that is tried again counts once;
 *             conflict, duplicate and unpriced never count.
 *             A credential names the producer best; its centre does where the credential cannot be
 *             read; without either, the record proves no single bad producer.
 * Source      ruling R12; reliability.md B72, F30
 */
import type { LogBatch } from '@suanpan/platform-kafka';
import { Breaker, HaltPartition } from '@suanpan/platform-kafka';
import type { Candidate, PoisonRecord } from './candidate.js';
import { isPoison } from './read-usage.js';

const producerOf = ({ sentBy, tenant, party }: PoisonRecord): string | null =>
  sentBy ?? (tenant === null || party === null ? tenant : `${tenant} ${party}`);

/** The breaker after a batch's reads; throws `HaltPartition` at too many defects in a row. */
export const breakerAfter = (
  start: Breaker,
  { topic, partition }: LogBatch,
  reads: readonly (Candidate | PoisonRecord)[],
): Breaker => {
  let breaker = start;
  for (const read of reads) {
    breaker = isPoison(read) ? breaker.defect(producerOf(read), true) : breaker.good();
    if (breaker.open) {
      throw new HaltPartition('BREAKER', 'Too many defects in a row.', { topic, partition });
    }
  }
  return breaker;
};

export class Breakers {
  private readonly byPartition = new Map<number, Breaker>();

  at(partition: number): Breaker {
    return this.byPartition.get(partition) ?? Breaker.closed;
  }

  keep(partition: number, breaker: Breaker): void {
    this.byPartition.set(partition, breaker);
  }
}
