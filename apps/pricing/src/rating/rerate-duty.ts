/**
 * Serves the requests to rate unpriced events again, until none is left.
 *
 * Invariant   safe to run twice, late or half: a request is served with its last step.
 * Source      reliability.md D12
 */
import type { Clock } from '@suanpan/platform-observability';
import type { Database, Tx } from '@suanpan/platform-postgres';
import { takeCut } from '../cuts/cut.js';
import type { RatingPipeline } from './rating-pipeline.js';
import type { Halves, StepResult } from './rerate.js';
import { rerateInCut } from './rerate.js';

const STEPS_MAX = 1_000;
const ACTOR = 'pricing';
const REQUEST = 'rerate';

interface RequestRow {
  readonly tenant: string;
  readonly contract: string;
  readonly after_h1: string | null;
  readonly after_h2: string | null;
}

const FIRST = `select tenant, contract, after_h1, after_h2 from rerate_request
where served < wanted order by wanted, tenant, contract limit 1`;

const DONE = `update rerate_request set served = wanted where tenant = $1 and contract = $2`;
const MOVE = `update rerate_request set after_h1 = $3, after_h2 = $4
where tenant = $1 and contract = $2`;

const afterOf = ({ after_h1: h1, after_h2: h2 }: RequestRow): Halves | null =>
  h1 === null || h2 === null ? null : { h1, h2 };

export interface RerateOptions {
  /** The pipeline role's connection. */
  readonly db: Database;
  readonly pipeline: RatingPipeline;
  readonly clock: Clock;
}

export class RerateDuty {
  constructor(private readonly options: RerateOptions) {}

  /** Serves the requests that stand; a run ends after STEPS_MAX steps, and comes again. */
  async run(): Promise<void> {
    for (let step = 0; step < STEPS_MAX && (await this.isAsked()); step += 1) {
      const { effects } = await this.options.db.transaction((tx) => this.step(tx));
      if (effects !== null) this.options.pipeline.committed(effects);
    }
  }

  private async isAsked(): Promise<boolean> {
    const rows = await this.options.db.transaction((tx) => tx.query<RequestRow>(FIRST));
    return rows.length > 0;
  }

  private async step(tx: Tx): Promise<StepResult> {
    const cut = await takeCut(tx);
    // With the log locked no command can add or change a request.
    const [request] = await tx.query<RequestRow>(FIRST);
    if (request === undefined) return { effects: null, next: null };
    const { tenant, contract } = request;
    const { pipeline, clock } = this.options;
    const step = await rerateInCut(tx, pipeline, {
      bounds: { tenant, contract, after: afterOf(request), upTo: null },
      cut,
      meta: { actor: ACTOR, requestId: REQUEST, at: clock.now() },
    });
    if (step.next === null) await tx.query(DONE, [tenant, contract]);
    else await tx.query(MOVE, [tenant, contract, step.next.h1, step.next.h2]);
    return step;
  }
}
