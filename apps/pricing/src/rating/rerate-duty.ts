/**
 * Serves the requests to rate unpriced events again, until none is left.
 *
 * Invariant   safe to run twice, late or half: a request is served with its last step.
 * Source      reliability.md D12
 */
import { Unavailable } from '@suanpan/event-sourcing';
import type { Clock } from '@suanpan/platform-observability';
import type { Database, Tx } from '@suanpan/platform-postgres';
import type { Cut } from '../cuts/cut.js';
import { takeCut } from '../cuts/cut.js';
import type { RatingPipeline } from './rating-pipeline.js';
import type { RerateMark, StepResult } from './rerate.js';
import { rerateInCut } from './rerate.js';

const STEPS_MAX = 1_000;
const ACTOR = 'pricing';
const REQUEST = 'rerate';

interface RequestRow {
  readonly tenant: string;
  readonly contract: string;
  readonly after_h1: string | null;
  readonly after_h2: string | null;
  readonly after_revision: string | null;
}

/** Without those that have just failed: they must not hide the others. */
const FIRST = `select tenant, contract, after_h1, after_h2, after_revision from rerate_request
where served < wanted and not exists (
  select from unnest($1::text[], $2::text[]) as failed(t, c) where t = tenant and c = contract)
order by wanted, tenant, contract limit 1`;

const DONE = `update rerate_request set served = wanted where tenant = $1 and contract = $2`;
const MOVE = `update rerate_request set after_h1 = $3, after_h2 = $4, after_revision = $5
where tenant = $1 and contract = $2`;

const afterOf = ({ after_h1: h1, after_h2: h2, after_revision }: RequestRow): RerateMark | null =>
  h1 === null || h2 === null ? null : { h1, h2, revision: after_revision ?? '0' };

export interface RerateOptions {
  /** The pipeline role's connection. */
  readonly db: Database;
  readonly pipeline: RatingPipeline;
  readonly clock: Clock;
}

const nothing: StepResult = { effects: null, next: null };

type Request = Pick<RequestRow, 'tenant' | 'contract'>;

interface Failure {
  readonly request: Request;
  readonly error: unknown;
}

const firstOf = async (tx: Tx, failed: readonly Request[]): Promise<RequestRow | undefined> => {
  const others = [failed.map(({ tenant }) => tenant), failed.map(({ contract }) => contract)];
  return (await tx.query<RequestRow>(FIRST, others))[0];
};

export class RerateDuty {
  constructor(private readonly options: RerateOptions) {}

  /**
   * Serves the requests that stand; a run ends after STEPS_MAX steps, and comes again. Throws the
   * first failure after all others are served.
   */
  async run(): Promise<void> {
    const failures: Failure[] = [];
    for (let step = 0; step < STEPS_MAX; step += 1) {
      const failed = failures.map(({ request }) => request);
      const ended = await this.tryStep(failed);
      if (ended === 'none') break;
      if (ended !== 'done') failures.push(ended);
    }
    if (failures[0] !== undefined) throw failures[0].error;
  }

  private async tryStep(failed: readonly Request[]): Promise<'none' | 'done' | Failure> {
    const { db, pipeline } = this.options;
    const asked = await db.transaction((tx) => firstOf(tx, failed));
    if (asked === undefined) return 'none';
    let request: Request = asked;
    try {
      const { effects } = await db.transaction(async (tx) => {
        const cut = await takeCut(tx);
        // With the log locked no command can add or change a request.
        const row = await firstOf(tx, failed);
        if (row === undefined) return nothing;
        request = row;
        return this.serve(tx, cut, row);
      });
      if (effects !== null) pipeline.committed(effects);
      return 'done';
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      return { request, error };
    }
  }

  private async serve(tx: Tx, cut: Cut, request: RequestRow): Promise<StepResult> {
    const { tenant, contract } = request;
    const { pipeline, clock } = this.options;
    const step = await rerateInCut(tx, pipeline, {
      bounds: { tenant, contract, after: afterOf(request), upTo: null },
      cut,
      meta: { actor: ACTOR, requestId: REQUEST, at: clock.now() },
    });
    if (step.next === null) await tx.query(DONE, [tenant, contract]);
    else {
      const { h1, h2, revision } = step.next;
      await tx.query(MOVE, [tenant, contract, h1, h2, revision]);
    }
    return step;
  }
}
