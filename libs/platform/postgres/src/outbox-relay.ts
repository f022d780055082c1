/**
 * Carries the outbox to the log: claim, publish, mark, in one transaction a lane.
 *
 * Shape       one light poll finds the lanes with unsent rows; a lane is relayed by one process
 *             at a time, one request in flight.
 * Units       milliseconds, bytes of values
 * Invariant   at least once: a crash after publish and before the mark sends again. Never
 *             `id > last`, since sequences do not commit in order.
 * Source      design ruling R13, reliability D07 and 6
 */
import { crashPoint } from '@suanpan/platform-observability';
import type { Logger } from '@suanpan/platform-observability';
import type { Database, Tx } from './database.js';
import { OUTBOX_LANES } from './outbox.js';

/** A message as it leaves: with the id and the version that receivers go by. */
export interface RelayedMessage {
  readonly id: bigint;
  readonly topic: string;
  readonly key: Buffer;
  readonly type: string;
  readonly tenant: string;
  readonly streamId: string;
  readonly streamVersion: bigint;
  readonly value: Buffer;
  readonly traceparent: string | null;
}

export interface OutboxRelayOptions {
  readonly db: Database;
  /** Resolves when the log has every message, in order for one key. */
  readonly publish: (messages: readonly RelayedMessage[]) => Promise<void>;
  readonly logger: Logger;
}

const POLL_MS = 100;
const BACKOFF_MAX_MS = 5_000;
const MESSAGES_MAX = 500;
/** A pass is held in memory and published as one; a message that is larger leaves alone. */
const PASS_BYTES_MAX = 1_048_576;
/** Lanes at a time: each holds a connection of the service's pool while it publishes. */
const LANES_AT_ONCE = 4;

interface OutboxRow {
  readonly id: string;
  readonly topic: string;
  readonly key: Buffer;
  readonly type: string;
  readonly tenant: string;
  readonly stream_id: string;
  readonly stream_version: string;
  readonly value: Buffer;
  readonly traceparent: string | null;
  /** How many messages the claim found, of which these are the first. */
  readonly found: number;
}

/** One pass over a lane. */
interface Pass {
  readonly sent: number;
  /** More were waiting than one pass takes. */
  readonly full: boolean;
}

const fromRowMessage = (row: OutboxRow): RelayedMessage => ({
  id: BigInt(row.id),
  topic: row.topic,
  key: row.key,
  type: row.type,
  tenant: row.tenant,
  streamId: row.stream_id,
  streamVersion: BigInt(row.stream_version),
  value: row.value,
  traceparent: row.traceparent,
});

const CLAIM = `
with unsent as (
  select id, octet_length(value) as bytes from outbox where lane = $1 and sent_at is null
  order by id limit ${MESSAGES_MAX} for update skip locked
), measured as (
  select id, sum(bytes) over (order by id) as total, row_number() over (order by id) as place
  from unsent
)
select id, topic, key, type, tenant, stream_id, stream_version, value, traceparent,
       (select count(*)::int from unsent) as found
from outbox
where id = any(array(select id from measured where place = 1 or total <= ${PASS_BYTES_MAX}))
order by id`;

const LOCK = `select pg_try_advisory_xact_lock(hashtext(current_schema()::text || ':outbox'), $1) as held`;

export class OutboxRelay {
  private readonly options: OutboxRelayOptions;
  private running: Promise<void> | undefined;
  private stopping = false;
  private wakeUp: () => void = () => undefined;

  constructor(options: OutboxRelayOptions) {
    this.options = options;
  }

  /** Relays in the background until `stop`. */
  start(): void {
    this.stopping = false;
    this.running ??= this.run();
  }

  /** Ends after the pass under way. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp();
    await this.running;
    this.running = undefined;
  }

  /** Relays until nothing is unsent; gives the number of messages sent. */
  async drain(): Promise<number> {
    let sent = 0;
    for (;;) {
      const lanes = await this.unsentLanes();
      if (lanes.length === 0) return sent;
      const passes = await this.relayLanes(lanes);
      const now = passes.reduce((sum, pass) => sum + pass.sent, 0);
      if (now === 0) await this.sleep(POLL_MS);
      sent += now;
    }
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping) {
      try {
        const lanes = await this.unsentLanes();
        const passes = await this.relayLanes(lanes);
        failures = 0;
        if (!passes.some(({ full }) => full)) await this.sleep(POLL_MS);
      } catch (error) {
        failures += 1;
        this.options.logger.warn({ err: error, failures }, 'The outbox could not be relayed.');
        await this.sleep(Math.min(POLL_MS * 2 ** failures, BACKOFF_MAX_MS));
      }
    }
  }

  private unsentLanes(): Promise<readonly number[]> {
    return this.options.db.inPlatform(async (tx) => {
      const rows = await tx.query<{ lane: number }>(
        `select lane from generate_series(0, ${OUTBOX_LANES - 1}) as lane
         where exists (select 1 from outbox where outbox.lane = lane.lane and sent_at is null)`,
      );
      return rows.map((row) => row.lane);
    });
  }

  /**
   * One pass over each lane, a few at a time. A lane that fails holds no other one up, and its
   * error is thrown when all have ended: nothing goes on behind a pass that has failed.
   */
  private async relayLanes(lanes: readonly number[]): Promise<readonly Pass[]> {
    const waiting = [...lanes];
    const passes: PromiseSettledResult<Pass>[] = [];
    const next = async (): Promise<void> => {
      for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) {
        passes.push(...(await Promise.allSettled([this.relayLane(lane)])));
      }
    };
    await Promise.all(Array.from({ length: LANES_AT_ONCE }, next));
    return passes.map((pass) => {
      if (pass.status === 'rejected') throw pass.reason;
      return pass.value;
    });
  }

  /** One pass over a lane; nothing is sent when another process holds it. */
  private relayLane(lane: number): Promise<Pass> {
    return this.options.db.inPlatform(async (tx) => {
      const [lock] = await tx.query<{ held: boolean }>(LOCK, [lane]);
      if (lock?.held !== true) return { sent: 0, full: false };
      return this.relayClaimed(tx, lane);
    });
  }

  private async relayClaimed(tx: Tx, lane: number): Promise<Pass> {
    const rows = await tx.query<OutboxRow>(CLAIM, [lane]);
    if (rows.length === 0) return { sent: 0, full: false };
    await this.options.publish(rows.map(fromRowMessage));
    crashPoint('outbox:published-before-mark');
    await tx.query(`update outbox set sent_at = clock_timestamp() where id = any($1::bigint[])`, [
      rows.map((row) => row.id),
    ]);
    const found = rows[0]?.found ?? 0;
    return { sent: rows.length, full: found === MESSAGES_MAX || found > rows.length };
  }

  private async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
