/**
 * A running pricing in a corner of the real stack, and the hands of its neighbours.
 *
 * Shape       usage is put on the topic as usage-ingest would; HTTP goes through the real door.
 */
import type { INestApplication } from '@nestjs/common';
import { decode, encode, topicName } from '@suanpan/messages';
import type { Message } from '@suanpan/messages';
import type { Role } from '@suanpan/platform-http';
import { accessMigrations, issueApiKey } from '@suanpan/platform-http';
import { LogProducer } from '@suanpan/platform-kafka';
import { runMigrations } from '@suanpan/platform-postgres';
import type { TestStack } from '@suanpan/platform-testing';
import { testStack, until } from '@suanpan/platform-testing';
import { pricingMigrations, startPricing } from '../src/index.js';
import type { Usage } from './usage.js';
import { identityOfUsage, TENANT } from './usage.js';

export const NOW = '2026-06-30T04:00:00Z';
const TOPICS = [
  ...['usage.recorded', 'usage.quarantined', 'usage.rated', 'contract', 'price-table'],
  ...['period', 'invoice', 'chain.head'],
];

export interface Answer {
  readonly status: number;
  // The door's own JSON; each test says what it expects of it.
  readonly body: Record<string, unknown>;
}

export interface Request {
  readonly key?: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

export interface Counts {
  readonly rated: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly unpriced: number;
  readonly quarantined: number;
}

/** Schema, topics and keys; the service is started by whoever needs it, or spawned. */
export class Corner {
  private app: INestApplication | undefined;
  private url = '';

  private constructor(
    readonly stack: TestStack,
    readonly access: string,
    readonly keys: { readonly producer: LogProducer; readonly operatorKey: string },
  ) {}

  static async open(): Promise<Corner> {
    const stack = await testStack({
      service: 'pricing',
      migrations: pricingMigrations,
      topics: TOPICS,
    });
    const access = `${stack.schema}_access`;
    await runMigrations({
      url: stack.urls.owner,
      schema: access,
      appRole: 'pricing_app',
      migrations: accessMigrations,
    });
    const producer = new LogProducer({ kafka: stack.kafka, prefix: stack.prefix });
    await producer.connect();
    const key = await stack.db.inTenant({ tenant: TENANT }, (tx) =>
      issueApiKey(tx, { tenant: TENANT, party: null, role: 'operator', sources: [] }, access),
    );
    return new Corner(stack, access, { producer, operatorKey: key.apiKey });
  }

  get env(): Readonly<Record<string, string>> {
    const { env } = this.stack;
    return {
      ...env,
      ACCESS_SCHEMA: this.access,
      PORT: '0',
      SIMULATED_NOW: NOW,
      LOG_LEVEL: 'fatal',
    };
  }

  async start(more: Readonly<Record<string, string>> = {}): Promise<void> {
    this.app = await startPricing({ ...this.env, ...more }, { signals: false });
    this.url = (await this.app.getUrl()).replace('[::1]', 'localhost');
  }

  /** Talks to a service that runs elsewhere from now on. */
  at(url: string): void {
    this.url = url;
  }

  async stop(): Promise<void> {
    await this.app?.close();
    this.app = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.keys.producer.disconnect();
    await this.stack.asSuperuser(`drop schema ${this.access} cascade`);
    await this.stack.dispose();
  }

  async key(tenant: string, role: Role, party: string | null): Promise<string> {
    const issued = await this.stack.db.inTenant({ tenant }, (tx) =>
      issueApiKey(tx, { tenant, party, role, sources: [] }, this.access),
    );
    return issued.apiKey;
  }

  async call(method: string, path: string, request: Request = {}): Promise<Answer> {
    const { key = this.keys.operatorKey, body, idempotencyKey } = request;
    const headers: Record<string, string> = { authorization: `Bearer ${key}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
    const sent = body === undefined ? null : JSON.stringify(body);
    const answer = await fetch(`${this.url}${path}`, { method, headers, body: sent });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  /** Puts usage on the log as the ingest does. */
  async record(usage: readonly Usage[]): Promise<void> {
    await this.keys.producer.send(
      'usage.recorded',
      usage.map((event) => {
        const key = identityOfUsage(event);
        return { key, value: encode('usage.recorded', event), partition: (key[0] ?? 0) >> 2 };
      }),
    );
  }

  /** Puts raw bytes on the log. */
  raw(
    key: Buffer | null,
    value: Buffer | null,
    place: { readonly partition: number; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<void> {
    const record = { key: key as Buffer, value: value as Buffer, ...place };
    return this.keys.producer.send('usage.recorded', [record]);
  }

  async counts(): Promise<Counts> {
    const { body } = await this.call('GET', '/v1/events/counts');
    return body as unknown as Counts;
  }

  /** Waits until that many events have ended somewhere. */
  async settled(events: number): Promise<Counts> {
    return until(
      `${events} events settled`,
      async () => {
        const counts = await this.counts();
        const sum = Object.values(counts).reduce((all: number, each: number) => all + each, 0);
        return sum >= events ? counts : undefined;
      },
      60_000,
    );
  }

  /** Closes a period and waits for the end of it. */
  async closePeriod(period: string, contracts?: readonly string[]): Promise<CloseAnswer> {
    const body = contracts === undefined ? {} : { contracts };
    const idempotencyKey = `close-${period}-${(this.closes += 1)}`;
    const asked = await this.call('POST', `/v1/periods/${period}/close`, { body, idempotencyKey });
    if (asked.status !== 202) throw new Error(`Close refused: ${JSON.stringify(asked.body)}`);
    return this.closed(String(asked.body['close']));
  }

  closed(close: string): Promise<CloseAnswer> {
    return until(
      'the close is done',
      async () => {
        const { body } = await this.call('GET', `/v1/closes/${close}`);
        return body['status'] === 'waiting' ? undefined : (body as unknown as CloseAnswer);
      },
      60_000,
    );
  }

  private closes = 0;

  /** All messages of a topic, read from its beginning until `enough` says so. */
  async messages(
    topic: string,
    enough: (found: readonly Message[]) => boolean,
  ): Promise<readonly Message[]> {
    const found: Message[] = [];
    const consumer = this.stack.kafka.consumer({ groupId: `${this.stack.prefix}watch-${topic}` });
    await consumer.connect();
    await consumer.subscribe({ topic: topicName(this.stack.prefix, topic), fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ message }) => {
        found.push(decode(message.value));
        return Promise.resolve();
      },
    });
    try {
      await until(`messages on ${topic}`, () => (enough(found) ? true : undefined), 30_000);
    } finally {
      await consumer.disconnect();
    }
    return found;
  }
}

export interface CloseAnswer {
  readonly close: string;
  readonly status: string;
  readonly contracts: readonly {
    readonly contract: string;
    readonly status: string;
    readonly invoice: string | null;
    readonly number: string | null;
    readonly total: string | null;
    readonly reason: string | null;
    readonly unpriced: readonly {
      readonly type: string;
      readonly code: string;
      readonly events: number;
    }[];
    readonly held: readonly { readonly kind: string; readonly quantity: string }[];
  }[];
}
