/**
 * A rated call as a line of COPY for the staging table.
 *
 * Invariant   strings are built once; amounts are integers with an exponent (`117e-5`), which
 *             PostgreSQL reads as an exact NUMERIC.
 * Source      docs/architecture.md 2
 */
import type { UsageRecorded } from '@suanpan/messages';
import type { Rated } from '@suanpan/pricing';
import { halvesOf } from './candidate.js';
import type { Candidate } from './candidate.js';
import { copyInstant, escapeCopy } from './copy-text.js';

export const CALL_COLUMNS = [
  'h1',
  'h2',
  'tenant',
  'source',
  'id',
  'time',
  'dims',
  'price_version',
  'input',
  'cached_input',
  'cache_write',
  'output',
  'reasoning',
  'other_kinds',
  'amount',
  'billing_state',
  'service_period',
  'posting_period',
  'payload_hash',
  'partition',
  '"offset"',
  'extra',
] as const;

const OWN_COLUMN: Readonly<Record<string, true>> = {
  input: true,
  cached_input: true,
  cache_write: true,
  output: true,
  reasoning: true,
};

const NULL = '\\N';

const otherKinds = (kinds: UsageRecorded['kinds']): string => {
  let others: Record<string, string> | undefined;
  for (const kind in kinds) {
    const quantity = kinds[kind] as bigint;
    if (OWN_COLUMN[kind] === true || quantity === 0n) continue;
    others ??= {};
    others[kind] = quantity.toString();
  }
  return others === undefined ? NULL : escapeCopy(JSON.stringify(others));
};

/** The line of a call that was rated. */
export const callLine = (candidate: Candidate, rated: Rated): string => {
  const { kinds, dims, record } = candidate;
  const [h1, h2] = halvesOf(candidate.identity);
  return (
    `${h1}\t${h2}\t${dims.tenantCopy}\t${escapeCopy(candidate.source)}\t${escapeCopy(candidate.id)}\t` +
    `${copyInstant(candidate.time)}\t${dims.idText}\t${rated.window.versionId}\t` +
    `${kinds['input'] ?? 0n}\t${kinds['cached_input'] ?? 0n}\t${kinds['cache_write'] ?? 0n}\t` +
    `${kinds['output'] ?? 0n}\t${kinds['reasoning'] ?? 0n}\t${otherKinds(kinds)}\t` +
    `${rated.amount}e-${rated.scale}\t${rated.billingState}\t${rated.servicePeriod}\t` +
    `${rated.postingPeriod}\t\\\\x${candidate.payloadHash}\t` +
    `${candidate.partition}\t${record.offset}\t${candidate.extra}\n`
  );
};
