/**
 * Keeps the table `contract`, which answers: whose contract is this, and from when to when?
 *
 * Invariant   a projection of topic `contract`: dropped and read again, it is the same.
 * Source      ruling R18
 */
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { LogMessageHandler } from '@suanpan/platform-kafka';
import type { LogMessageEvent } from '@suanpan/platform-kafka';
import { toRowInstant } from '@suanpan/platform-postgres';

const SIGNED = `
insert into contract (tenant, contract, buyer, starts_at, ends_at) values ($1, $2, $3, $4, $5)
on conflict (tenant, contract) do update
set buyer = excluded.buyer, starts_at = excluded.starts_at, ends_at = excluded.ends_at`;

const ENDED = 'update contract set ends_at = $3 where tenant = $1 and contract = $2';

@Controller()
export class ContractsConsumer {
  @LogMessageHandler('contract')
  async keep(@Payload() { tx, message }: LogMessageEvent): Promise<void> {
    if (message.type === 'contract.signed') {
      const { tenant, contract, buyer, from, until } = message.value;
      const ends = until === null ? null : toRowInstant(until);
      await tx.query(SIGNED, [tenant, contract, buyer, toRowInstant(from), ends]);
    }
    if (message.type === 'contract.ended') {
      const { tenant, contract, until } = message.value;
      await tx.query(ENDED, [tenant, contract, toRowInstant(until)]);
    }
  }
}
