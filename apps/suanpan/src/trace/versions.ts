import type { Snapshot } from '../verify/database.js';
import { halvesOf, identityOf } from '../verify/identity.js';

/**
 * What was said later of a call: its corrections in the order of revisions, each with what it added and what was taken
 * back of it, and which one counts now.
 *
 * Source      R3, docs/adr/0011
 */
export interface TracedEffect {
  /** Added, or taken back. */
  readonly sign: 1 | -1;
  readonly quantity: string;
  readonly amount: string;
  readonly servicePeriod: string;
  readonly postingPeriod: string;
}

export interface TracedVersion {
  /** 0 is the call. */
  readonly revision: string;
  readonly action: 'call' | 'correct' | 'void';
  readonly source: string;
  readonly id: string;
  readonly record: string | null;
  /** Why it has no price, or is set aside. */
  readonly code: string | null;
  readonly counts: boolean;
  readonly effects: readonly TracedEffect[];
}

export interface CallName {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
}

interface CorrectionRow {
  readonly revision: string;
  readonly action: 'correct' | 'void';
  readonly source: string;
  readonly id: string;
  readonly record: string;
  readonly code: string | null;
}

type EffectRow = TracedEffect & { readonly revision: string };

const CORRECTIONS = `
select revision::text as revision, action, source, id, code,
  'usage.recorded ' || partition || '/' || "offset" as record
from pricing.correction where h1 = $1 and h2 = $2 order by correction.revision`;

const EFFECTS = `
select revision::text as revision, sign, amount::text as amount,
  (input + cached_input + cache_write + output + reasoning + coalesce((
    select sum(value::numeric) from jsonb_each_text(other_kinds)), 0))::text as quantity,
  service_period as "servicePeriod", posting_period as "postingPeriod"
from pricing.correction_effect where h1 = $1 and h2 = $2
order by correction_effect.revision, sign desc`;

const CALLS = `
select tenant, call_source as source, call_id as id from pricing.correction
where source = $1 and id = $2 and ($3::text is null or tenant = $3)
group by 1, 2, 3 order by 1, 2, 3`;

const stands = (effects: readonly TracedEffect[], isThere: boolean): boolean =>
  (isThere || effects.some(({ sign }) => sign === 1)) && !effects.some(({ sign }) => sign === -1);

/** All versions of a call, the call first; empty when nothing was said later. */
export const versionsOf = async (
  snapshot: Snapshot,
  { tenant, source, id }: CallName,
  isPriced: boolean,
): Promise<readonly TracedVersion[]> => {
  const halves = halvesOf(identityOf(tenant, source, id));
  const rows = await snapshot.rows<CorrectionRow>(CORRECTIONS, halves);
  if (rows.length === 0) return [];
  const effects = await snapshot.rows<EffectRow>(EFFECTS, halves);
  const effectsOf = (revision: string): readonly TracedEffect[] =>
    effects
      .filter((effect) => effect.revision === revision)
      .map(({ sign, quantity, amount, servicePeriod, postingPeriod }) => ({
        ...{ sign, quantity, amount, servicePeriod, postingPeriod },
      }));
  const own = effectsOf('0');
  const call: TracedVersion = {
    ...{ revision: '0', action: 'call', source, id, record: null, code: null },
    ...{ counts: stands(own, isPriced), effects: own },
  };
  const later = rows.map((row): TracedVersion => {
    const all = effectsOf(row.revision);
    return { ...row, counts: row.action === 'correct' && stands(all, false), effects: all };
  });
  const versions = [call, ...later];
  // A void adds nothing: it counts when nothing else does.
  const last = later.findLast(({ action, code }) => action === 'void' && code === null);
  return versions.some(({ counts }) => counts)
    ? versions
    : versions.map((version) => ({ ...version, counts: version === last }));
};

/** Whether a void is what counts. */
export const isVoid = (versions: readonly TracedVersion[]): boolean =>
  versions.some(({ action, counts }) => action === 'void' && counts);

/** The calls that corrections of this name speak of. */
export const callsCorrectedBy = (
  snapshot: Snapshot,
  name: { readonly source: string; readonly id: string; readonly tenant: string | null },
): Promise<readonly CallName[]> =>
  snapshot.rows<CallName>(CALLS, [name.source, name.id, name.tenant]);
