/**
 * How a Nest controller declares that it handles a topic.
 *
 * Shape       `@LogBatchHandler` gets whole batches and owns its transaction; `@LogMessageHandler`
 *             gets one decoded message at a time inside the transport's transaction.
 * Invariant   errors reach the transport unchanged; Nest's own filter would hide their kind.
 */
import { Catch, UseFilters, applyDecorators } from '@nestjs/common';
import type { RpcExceptionFilter } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Claim, Tx } from '@suanpan/platform-postgres';
import type { Message } from '@suanpan/messages';

/** One record as it lies in the log. */
export interface LoggedRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** When the broker appended it, in microseconds. */
  readonly timestamp: bigint;
}

/** Consecutive records of one partition, with the claim that lets their effects be stored. */
export interface LogBatch {
  /** The topic's name without a prefix. */
  readonly topic: string;
  readonly partition: number;
  readonly claim: Claim;
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  readonly messages: readonly LoggedRecord[];
}

export type LogBatchHandle = (batches: readonly LogBatch[]) => Promise<void>;

/** A decoded message and where it came from. */
export type LogMessage = Message & {
  /** The sender's tenant; '*' when the message speaks of several. */
  readonly tenant: string;
  readonly streamId: string | null;
  readonly streamVersion: bigint | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
};

export interface LogMessageEvent {
  /** The transaction that also moves the offset on; the tenant of the message is entered. */
  readonly tx: Tx;
  readonly message: LogMessage;
}

export type LogMessageHandle = (event: LogMessageEvent) => Promise<void>;

@Catch()
class RethrowFilter implements RpcExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

export type HandlerKind = 'batch' | 'message';

const handler = (kind: HandlerKind, topic: string, transportId?: symbol): MethodDecorator => {
  const pattern =
    transportId === undefined
      ? EventPattern(topic, { kind })
      : EventPattern(topic, transportId, { kind });
  return applyDecorators(pattern as MethodDecorator, UseFilters(new RethrowFilter()));
};

/** Declares a method as the handler of whole batches of a topic. */
export const LogBatchHandler = (topic: string, transportId?: symbol): MethodDecorator =>
  handler('batch', topic, transportId);

/** Declares a method as a handler of a topic's messages, one at a time. */
export const LogMessageHandler = (topic: string, transportId?: symbol): MethodDecorator =>
  handler('message', topic, transportId);
