import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Malformed, Unavailable } from '@suanpan/event-sourcing';
import { encode } from '@suanpan/messages';
import { createLogger, nestLogger } from '@suanpan/platform-observability';
import { advanceOffset } from '@suanpan/platform-postgres';
import { testStack, until } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import { createVault } from '@suanpan/platform-vault';
import { LogBatchHandler, LogMessageHandler } from './handlers.js';
import type { LogBatch, LogMessageEvent } from './handlers.js';
import { write } from './transport-harness.js';
import { KafkaLogTransport } from './transport.js';

jest.setTimeout(60_000);

const heard: string[] = [];
let away = 2;
let stack: TestStack;

@Controller()
class InvoiceConsumer {
  @LogMessageHandler('credit-note')
  onNote({ message }: LogMessageEvent): Promise<void> {
    if (message.streamId === 'bad') throw new Malformed('BAD_NOTE', 'bad');
    heard.push(`invoices ${message.type} ${message.streamId}`);
    return Promise.resolve();
  }
}

@Controller()
class LedgerConsumer {
  @LogMessageHandler('credit-note')
  onNote({ message }: LogMessageEvent): Promise<void> {
    heard.push(`ledger ${message.type} ${message.streamId}`);
    return Promise.resolve();
  }

  @LogBatchHandler('quota')
  async onQuota(batches: readonly LogBatch[]): Promise<void> {
    away -= 1;
    if (away >= 0) throw new Unavailable('DATABASE_UNAVAILABLE', 'away');
    await stack.db.transaction(async (tx) => {
      for (const { claim, firstOffset, lastOffset } of batches) {
        await advanceOffset(tx, claim, firstOffset, lastOffset + 1n);
      }
    });
    heard.push(`quota ${batches.length}`);
  }
}

@Module({ controllers: [InvoiceConsumer, LedgerConsumer] })
class ConsumerModule {}

beforeAll(async () => {
  stack = await testStack({ topics: ['credit-note', 'quota'] });
}, 60_000);
afterAll(() => stack.dispose(), 60_000);

const note = (streamId: string) => ({
  key: Buffer.from('k'),
  value: encode('credit-note.issued', {
    tenant: 'shantou',
    creditNote: streamId,
    invoice: 'i',
    at: 1n,
  }),
  headers: { tenant: 'shantou', 'stream-id': streamId, 'stream-version': '1' },
});

describe('handlers declared on Nest controllers', () => {
  it('all hear a topic in one transaction; their errors keep their kind through Nest', async () => {
    const app = await NestFactory.createMicroservice(ConsumerModule, {
      logger: nestLogger(createLogger({ service: 'test', level: 'silent' })),
      strategy: new KafkaLogTransport({
        kafka: stack.kafka,
        db: stack.db,
        group: 'pricing',
        prefix: stack.prefix,
        logger: createLogger({ service: 'test', level: 'silent' }),
        seal: createVault(stack.vaultKey).seal,
        timing: { backoffFirstMs: 10 },
      }),
    });
    await app.listen();
    await write(stack, 'credit-note', [note('bad'), note('good')]);
    await write(stack, 'quota', [{ key: Buffer.from('q'), value: Buffer.from('q') }]);
    await until('both topics', () => (heard.length >= 3 ? true : undefined));
    await app.close();
    expect([...heard].sort()).toEqual([
      'invoices credit-note.issued good',
      'ledger credit-note.issued good',
      'quota 1',
    ]);
    expect(await stack.asSuperuser('select reason, attempts from quarantine')).toEqual([
      { reason: 'BAD_NOTE', attempts: 1 },
    ]);
  }, 60_000);
});
