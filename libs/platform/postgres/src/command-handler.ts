/**
 * The shell around a decider: load, decide, append, project and speak, in one transaction.
 *
 * Invariant   a Rejection writes nothing. Another writer's win is settled by deciding again on
 *             the new facts, at most ATTEMPTS_MAX times.
 * Rejections  the decider's own; VERSION_CONFLICT when the contention does not end
 * Source      design 2 and 3.9, style 7
 */
import { Rejection, fold } from '@suanpan/event-sourcing';
import type { Decider } from '@suanpan/event-sourcing';
import type { Database, Scope, Tx } from './database.js';
import { ATTEMPTS_MAX, pause } from './database.js';
import type { EventMeta, StoredEvent } from './event-store.js';
import { appendEvents, loadStream } from './event-store.js';
import type { OutboxMessage } from './outbox.js';
import { enqueue } from './outbox.js';

/** What a command led to, with the state that it makes. */
export interface Decided<State, Event> {
  readonly state: State;
  readonly events: readonly Event[];
  readonly stored: readonly StoredEvent[];
  readonly scope: Scope;
  readonly streamId: string;
}

export interface CommandHandlerOptions<State, Command, Event> {
  readonly db: Database;
  readonly decider: Decider<State, Command, Event>;
  /** The stored form of an event: `{ type, body }`. */
  readonly toBody: (event: Event) => { readonly type: string; readonly body: unknown };
  readonly fromBody: (type: string, body: unknown) => Event;
  /** What the others are told. */
  readonly publish?: (decided: Decided<State, Event>) => readonly OutboxMessage[];
  /** Keeps the tables that screens read, in the same transaction. */
  readonly project?: (tx: Tx, decided: Decided<State, Event>) => Promise<void>;
}

export interface CommandResult<Event> {
  readonly events: readonly Event[];
  readonly version: number;
}

export interface CommandTarget {
  readonly scope: Scope;
  readonly streamId: string;
  readonly meta: EventMeta;
}

/** The same inside a transaction that the caller owns; VERSION_CONFLICT is then the caller's. */
export const handleIn = async <State, Command, Event>(
  tx: Tx,
  options: Omit<CommandHandlerOptions<State, Command, Event>, 'db'>,
  { scope, streamId, meta, command }: CommandTarget & { readonly command: Command },
): Promise<CommandResult<Event>> => {
  const { decider, toBody, fromBody } = options;
  const past = await loadStream(tx, scope.tenant, streamId);
  const before = fold(
    decider,
    past.map(({ type, body }) => fromBody(type, body)),
  );
  const events = decider.decide(before, command);
  if (events.length === 0) return { events, version: past.length };
  const stored = await appendEvents(tx, {
    tenant: scope.tenant,
    streamId,
    expectedVersion: past.length,
    events: events.map(toBody),
    meta,
  });
  const state = events.reduce((folded, event) => decider.evolve(folded, event), before);
  const decided = { state, events, stored, scope, streamId };
  await options.project?.(tx, decided);
  await enqueue(tx, options.publish?.(decided) ?? []);
  return { events, version: past.length + events.length };
};

const isConflict = (error: unknown): boolean =>
  error instanceof Rejection && error.code === 'VERSION_CONFLICT';

/** A command's way in: `(scope, streamId, command, meta)`. */
export type HandleCommand<Command, Event> = (
  ...args: [scope: Scope, streamId: string, command: Command, meta: EventMeta]
) => Promise<CommandResult<Event>>;

/** Wraps a decider so that each command runs in a transaction of its own. */
export const commandHandler =
  <State, Command, Event>(
    options: CommandHandlerOptions<State, Command, Event>,
  ): HandleCommand<Command, Event> =>
  async (...[scope, streamId, command, meta]) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await options.db.inTenant(scope, (tx) =>
          handleIn(tx, options, { scope, streamId, command, meta }),
        );
      } catch (error) {
        if (!isConflict(error) || attempt >= ATTEMPTS_MAX) throw error;
        await pause(attempt);
      }
    }
  };
