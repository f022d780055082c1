/**
 * A small server that speaks the OpenAI API over real HTTP: what an upstream would answer, and how
 * one breaks.
 *
 * Source      OpenAI API reference (chat completions, streaming); ruling R46
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const UPSTREAM_USAGE = {
  prompt_tokens: 1_200,
  completion_tokens: 300,
  total_tokens: 1_500,
  prompt_tokens_details: { cached_tokens: 800, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 120, audio_tokens: 0 },
};

const WORDS = ['Good', ' day', ' to', ' you'];

interface Order {
  readonly model: string;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

const bodyOf = async (request: IncomingMessage): Promise<Order> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return JSON.parse(Buffer.concat(pieces).toString('utf8')) as Order;
};

const about = (model: string, object: string) => ({
  id: `chatcmpl-${model}`,
  object,
  created: 1_780_000_000,
  model: `${model}-2026-05-01`,
});

const whole = (model: string) => ({
  ...about(model, 'chat.completion'),
  choices: [
    { index: 0, message: { role: 'assistant', content: WORDS.join('') }, finish_reason: 'stop' },
  ],
  usage: UPSTREAM_USAGE,
});

/** The model `m-cut` breaks the connection after two words, `m-slow` says nothing after them. */
const stream = async (order: Order, response: ServerResponse): Promise<void> => {
  const send = (chunk: object): void => void response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  const head = about(order.model, 'chat.completion.chunk');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [at, content] of WORDS.entries()) {
    send({ ...head, choices: [{ index: 0, delta: { content }, finish_reason: null }] });
    await sleep(5);
    if (at === 1 && order.model === 'm-cut') return void response.destroy();
    if (at === 1 && order.model === 'm-slow') return;
  }
  send({ ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  if (order.stream_options?.include_usage === true) {
    send({ ...head, choices: [], usage: UPSTREAM_USAGE });
  }
  response.end('data: [DONE]\n\n');
};

export class OpenAiStub {
  readonly #server: Server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });

  /** The base address for a client. */
  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const order = await bodyOf(request);
    if (order.stream === true) return stream(order, response);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(whole(order.model)));
  }
}
