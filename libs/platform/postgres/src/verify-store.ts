/**
 * Recomputes the head log and holds it against the events and the last exported head.
 *
 * Source      design ruling R15, reliability I15
 */
import { NO_HASH } from './canonical.js';
import type { Tx } from './database.js';
import { headHash } from './head-log.js';
import type { ChainHead } from './head-log.js';

export interface HeadFault {
  readonly seq: bigint;
  readonly reason:
    | 'EVENT_DIFFERS'
    | 'EVENT_MISSING'
    | 'HASH_DIFFERS'
    | 'HEAD_DIFFERS'
    | 'HEAD_MISSING'
    | 'SEQ_GAP';
}

interface Row {
  readonly seq: string;
  readonly tenant: string;
  readonly stream_id: string;
  readonly version: number;
  readonly event_hash: Buffer;
  readonly prev_hash: Buffer;
  readonly hash: Buffer;
  readonly stored: Buffer | null;
}

const SELECT = `
select h.seq, h.tenant, h.stream_id, h.version, h.event_hash, h.prev_hash, h.hash,
       e.hash as stored
from head_log h left join event_store e using (tenant, stream_id, version) order by h.seq`;

const faultOf = (
  row: Row,
  expected: { seq: bigint; prevHash: Buffer },
): HeadFault['reason'] | undefined => {
  const entry = {
    seq: BigInt(row.seq),
    tenant: row.tenant,
    streamId: row.stream_id,
    version: row.version,
    eventHash: row.event_hash,
    prevHash: row.prev_hash,
  };
  if (entry.seq !== expected.seq) return 'SEQ_GAP';
  if (!row.prev_hash.equals(expected.prevHash) || !headHash(entry).equals(row.hash)) {
    return 'HASH_DIFFERS';
  }
  if (row.stored === null) return 'EVENT_MISSING';
  return row.stored.equals(row.event_hash) ? undefined : 'EVENT_DIFFERS';
};

/** Everything that is wrong with the head log; an exported head shows a cut or rewritten one. */
export const verifyHeadLog = async (
  tx: Tx,
  exported?: ChainHead,
): Promise<readonly HeadFault[]> => {
  const faults: HeadFault[] = [];
  const rows = await tx.query<Row>(SELECT);
  let expected = { seq: 1n, prevHash: NO_HASH as Buffer };
  for (const row of rows) {
    const reason = faultOf(row, expected);
    if (reason !== undefined) faults.push({ seq: BigInt(row.seq), reason });
    expected = { seq: BigInt(row.seq) + 1n, prevHash: row.hash };
  }
  if (exported !== undefined) {
    const row = rows.find(({ seq }) => BigInt(seq) === exported.seq);
    if (row === undefined) faults.push({ seq: exported.seq, reason: 'HEAD_MISSING' });
    else if (!row.hash.equals(exported.hash)) {
      faults.push({ seq: exported.seq, reason: 'HEAD_DIFFERS' });
    }
  }
  return faults;
};
