/**
 * A running cross-border-settlement in a corner of the real stack, and the hands of its neighbours.
 *
 * Shape       messages are published as the outboxes of pricing and profit-share would: keyed, with the headers that
 *             receivers go by. HTTP goes through the real door with real keys.
 */
import type { INestApplication } from '@nestjs/common';
import type { MessageDraft, MessageType } from '@suanpan/messages';
import { encode, topicOf } from '@suanpan/messages';
import type { Role } from '@suanpan/platform-http';
import { accessMigrations, issueApiKey } from '@suanpan/platform-http';
import { LogProducer } from '@suanpan/platform-kafka';
import { runMigrations } from '@suanpan/platform-postgres';
import type { TestStack } from '@suanpan/platform-testing';
import { testStack } from '@suanpan/platform-testing';
import { ownMigrations, startSettlement } from '../src/index.js';

export const NOW = '2026-06-30T04:00:00Z';

export interface Answer {
  readonly status: number;
  // The door's own JSON; each test says what it expects of it.
  readonly body: Record<string, unknown>;
}

export interface Request {
  readonly key: string;
  readonly body?: unknown;
  /** Instead of a body in JSON. */
  readonly csv?: string;
  readonly idempotencyKey?: string;
}

export interface Told {
  readonly tenant: string;
  readonly streamId: string;
  readonly version: bigint;
}

interface Parts {
  readonly stack: TestStack;
  readonly access: string;
  readonly app: INestApplication;
  readonly url: string;
  readonly producer: LogProducer;
}

export class Corner {
  readonly stack: TestStack;
  readonly access: string;
  readonly app: INestApplication;
  private readonly url: string;
  private readonly producer: LogProducer;

  private constructor(parts: Parts) {
    this.stack = parts.stack;
    this.access = parts.access;
    this.app = parts.app;
    this.url = parts.url;
    this.producer = parts.producer;
  }

  static async open(): Promise<Corner> {
    const stack = await testStack({
      service: 'cross-border-settlement',
      migrations: ownMigrations,
      topics: ['invoice', 'statement', 'settlement', 'payment', 'fx-rate', 'chain.head'],
    });
    const access = `${stack.schema}_access`;
    await runMigrations({
      url: stack.urls.owner,
      schema: access,
      appRole: 'settlement_app',
      migrations: accessMigrations,
    });
    const env = {
      ...stack.env,
      ACCESS_SCHEMA: access,
      PORT: '0',
      SIMULATED_NOW: NOW,
      REDIS_URL: '',
    };
    const app = await startSettlement({ ...env, LOG_LEVEL: 'fatal' }, { signals: false });
    const url = (await app.getUrl()).replace('[::1]', 'localhost');
    const producer = new LogProducer({ kafka: stack.kafka, prefix: stack.prefix });
    await producer.connect();
    return new Corner({ stack, access, app, url, producer });
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
    await this.app.close();
    await this.stack.asSuperuser(`drop schema ${this.access} cascade`);
    await this.stack.dispose();
  }

  /** A fresh key, as the operator's own key service would give it. */
  async key(tenant: string, role: Role = 'operator', party: string | null = null): Promise<string> {
    const issued = await this.stack.db.inTenant({ tenant }, (tx) =>
      issueApiKey(tx, { tenant, party, role, sources: [] }, this.access),
    );
    return issued.apiKey;
  }

  async call(method: string, path: string, request: Request): Promise<Answer> {
    const headers: Record<string, string> = { authorization: `Bearer ${request.key}` };
    if (request.body !== undefined) headers['content-type'] = 'application/json';
    if (request.idempotencyKey !== undefined) headers['idempotency-key'] = request.idempotencyKey;
    if (request.csv !== undefined) headers['content-type'] = 'text/csv';
    const body = request.csv ?? (request.body === undefined ? null : JSON.stringify(request.body));
    const answer = await fetch(`${this.url}${path}`, { method, headers, body });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  /** Says something as a neighbour does. */
  async tell<T extends MessageType>(type: T, value: MessageDraft<T>, told: Told): Promise<void> {
    const { tenant, streamId, version } = told;
    const topic = topicOf(type).name;
    await this.producer.send(topic, [
      {
        key: Buffer.from(streamId),
        value: encode(type, value),
        headers: {
          'message-id': `${topic}/${tenant}/${streamId}/${version}`,
          type,
          tenant,
          'stream-id': streamId,
          'stream-version': version.toString(),
        },
      },
    ]);
  }
}
