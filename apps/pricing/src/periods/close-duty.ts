/**
 * Serves close requests: waits until the log is read far enough, then closes contract by contract.
 *
 * Shape       the end offsets are read once, after the request; every stored offset must reach them.
 *             Partitions without news reach theirs at once, so they stall nothing.
 * Units       milliseconds
 * Invariant   safe to run twice, late, half or by several: each contract is closed in a cut of its
 *             own, and what was closed stays as it is. A contract or a request that meets a fault of
 *             ours stays waiting and keeps none of the others from being closed.
 * Source      ruling R8; reliability.md D11, D12
 */
import { Rejection } from '@suanpan/event-sourcing';
import { monthPeriod } from '@suanpan/calendar';
import type { Clock, Logger } from '@suanpan/platform-observability';
import { crashPoint } from '@suanpan/platform-observability';
import type { Database, Scope, Tx } from '@suanpan/platform-postgres';
import { toRowInstant } from '@suanpan/platform-postgres';
import type { ContractRow } from '../contracts/contract-row.js';
import type { Cut, CutOutcome } from '../cuts/cut.js';
import { GROUP, inCut, USAGE_TOPIC } from '../cuts/cut.js';
import { reportUnbilled } from './billable-sums.js';
import { closeInCut } from './close-period.js';

/** The end of the log: one past the last offset of each partition. */
export interface LogEnd {
  readonly endOffsets: () => Promise<readonly bigint[]>;
}

interface CloseDutyOptions {
  /** The app role's connection. */
  readonly db: Database;
  readonly log: LogEnd;
  readonly clock: Clock;
  readonly logger: Logger;
}

const WAIT_STEP_MS = 100;
const WAIT_MAX_MS = 10_000;

interface RequestRow {
  readonly tenant: string;
  readonly id: string;
  readonly period: string;
  readonly actor: string;
  readonly request_id: string;
  readonly end_offsets: readonly string[] | null;
}

const DUE = `
select tenant, id, period, actor, request_id, end_offsets from close_request
where status = 'waiting' order by requested_at, id`;

const BEHIND = `
select count(*) as partitions from unnest($1::bigint[]) with ordinality as e(ends, place)
left join consumer_offset o
  on o.group_id = $2 and o.topic = $3 and o.partition = e.place - 1
where coalesce(o.next_offset, 0) < e.ends`;

const PENDING = `
select count(*) as requests from rerate_request
where served < wanted and contract in (select contract from close_contract where close_id = $1)`;

const WAITING = `
select c.* from close_contract w join contract c using (tenant, contract)
where w.close_id = $1 and w.status = 'waiting' order by c.contract`;

const SETTLE = `
update close_contract set status = $3, invoice = $4, reason = $5, report = $6
where close_id = $1 and contract = $2 and status = 'waiting'`;

const FINISH = `
update close_request set status = case when exists (
  select from close_contract where close_id = $1 and status = 'failed') then 'failed' else 'done' end
where id = $1 and status = 'waiting'
  and not exists (select from close_contract where close_id = $1 and status = 'waiting')`;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const scopeOf = ({ tenant }: RequestRow): Scope => ({ tenant });

export class CloseDuty {
  constructor(private readonly options: CloseDutyOptions) {}

  /**
   * Serves every request that is due; what is not read yet waits for the next run. True when
   * something was closed, so that the head of the chain can be exported (R15).
   */
  async run(): Promise<boolean> {
    const due = await this.options.db.inPlatform((tx) => tx.query<RequestRow>(DUE));
    let closed = false;
    for (const request of due) {
      const outcome = await this.guarded({ close: request.id }, () => this.serve(request));
      closed = outcome === true || closed;
    }
    return closed;
  }

  /** What meets a fault is left waiting, for the next run. */
  private async guarded<T>(what: object, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.options.logger.error({ ...what, err: error }, 'A close has failed; it waits on.');
      return undefined;
    }
  }

  private async serve(request: RequestRow): Promise<boolean> {
    if (!(await this.isRead(await this.withEnd(request)))) return false;
    await this.close(request);
    return true;
  }

  private async withEnd(request: RequestRow): Promise<RequestRow> {
    if (request.end_offsets !== null) return request;
    const end_offsets = (await this.options.log.endOffsets()).map(String);
    await this.options.db.inTenant(scopeOf(request), (tx) =>
      tx.query('update close_request set end_offsets = $2 where id = $1 and end_offsets is null', [
        request.id,
        JSON.stringify(end_offsets),
      ]),
    );
    return { ...request, end_offsets };
  }

  private async isRead(request: RequestRow): Promise<boolean> {
    for (let waited = 0; waited <= WAIT_MAX_MS; waited += WAIT_STEP_MS) {
      const ready = await this.options.db.inTenant(scopeOf(request), async (tx) => {
        const ends = request.end_offsets ?? [];
        const [behind] = await tx.query<{ partitions: string }>(BEHIND, [ends, GROUP, USAGE_TOPIC]);
        const [pending] = await tx.query<{ requests: string }>(PENDING, [request.id]);
        return behind?.partitions === '0' && pending?.requests === '0';
      });
      if (ready) return true;
      await sleep(WAIT_STEP_MS);
    }
    return false;
  }

  private async close(request: RequestRow): Promise<void> {
    const { db } = this.options;
    const waiting = await db.inTenant(scopeOf(request), (tx) =>
      tx.query<ContractRow>(WAITING, [request.id]),
    );
    for (const contract of waiting) {
      const what = { close: request.id, contract: contract.contract };
      await this.guarded(what, () => this.closeOne(request, contract));
    }
    await db.inTenant(scopeOf(request), (tx) => tx.query(FINISH, [request.id]));
  }

  private async closeOne(request: RequestRow, contract: ContractRow): Promise<void> {
    const scope = scopeOf(request);
    try {
      await inCut(this.options.db, scope, (tx, cut) =>
        this.closeIn(tx, cut, { request, contract }),
      );
      crashPoint('close.after-commit');
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      this.options.logger.warn({ contract: contract.contract, code: error.code }, 'Not closed.');
      await this.options.db.inTenant(scope, (tx) =>
        tx.query(SETTLE, [request.id, contract.contract, 'failed', null, error.code, null]),
      );
    }
  }

  private async closeIn(
    tx: Tx,
    cut: Cut,
    { request, contract }: { readonly request: RequestRow; readonly contract: ContractRow },
  ): Promise<CutOutcome<void>> {
    const closed = await closeInCut(tx, cut, {
      scope: scopeOf(request),
      contract,
      period: request.period,
      meta: {
        actor: request.actor,
        requestId: request.request_id,
        at: this.options.clock.now(),
      },
    });
    const month = monthPeriod(contract.zone, request.period);
    const report = await reportUnbilled(tx, contract.contract, {
      id: month.id,
      from: toRowInstant(month.start),
      to: toRowInstant(month.end),
    });
    const { invoice, reason } = closed;
    const row = [request.id, contract.contract, 'closed', invoice, reason, JSON.stringify(report)];
    await tx.query(SETTLE, row);
    crashPoint('close.before-commit');
    return { result: undefined, changed: closed.changed };
  }
}
