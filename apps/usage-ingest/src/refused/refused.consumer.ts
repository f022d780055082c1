/**
 * Keeps the table `refused`, which answers: what did I send that was not accepted, and why?
 *
 * Invariant   a projection: one row a record of `usage.refused`, rebuilt by reading it again. What
 *             was done about a record is no part of it (`refused_state`).
 * Source      ruling R18
 */
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { UsageRefused } from '@suanpan/messages';
import { LogMessageHandler } from '@suanpan/platform-kafka';
import type { LogMessageEvent } from '@suanpan/platform-kafka';
import { toRowInstant } from '@suanpan/platform-postgres';
import { storable } from './refused-row.js';

const INSERT = `
insert into refused (tenant, centre, partition, log_offset, source, event_id, code, path, detail,
  received_at, request_id, sealed, key_id, door, sealed_around)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (partition, log_offset) do nothing`;

@Controller()
export class RefusedConsumer {
  @LogMessageHandler('usage.refused')
  async keep(@Payload() { tx, message }: LogMessageEvent): Promise<void> {
    if (message.type !== 'usage.refused') return;
    const refused: UsageRefused = message.value;
    await tx.query(INSERT, [
      ...[refused.tenant, refused.centre, message.partition, message.offset.toString()],
      ...[storable(refused.source), storable(refused.id), refused.code, storable(refused.path)],
      ...[storable(refused.detail), toRowInstant(refused.receivedAt), refused.requestId],
      ...[refused.sealedRaw, refused.keyId, refused.door, refused.sealedAround],
    ]);
  }
}
