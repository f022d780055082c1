import { describe, expect, it } from '@jest/globals';
import { CallWatch } from './call-watch.js';
import type { OpenAiContext } from './call-watch.js';
import { meterStream } from './metered-stream.js';
import type { OpenCall } from './metered-stream.js';
import type { UsageRecord } from './usage-record.js';

const usage = {
  prompt_tokens: 1_200,
  completion_tokens: 300,
  total_tokens: 1_500,
  prompt_tokens_details: { cached_tokens: 800 },
};

const word = (content: string, finish: string | null = null) => ({
  id: 'chatcmpl-1',
  model: 'm-chat-2026-05-01',
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
});
const last = { id: 'chatcmpl-1', model: 'm-chat-2026-05-01', choices: [], usage };
const whole = [word('Good '), word('day', 'stop'), last];

/** Follows `upstream` as the meter does, and keeps what was recorded. */
const follow = <T>(upstream: AsyncIterable<T>, context: OpenAiContext = {}) => {
  const records: UsageRecord[] = [];
  const watch = new CallWatch({ model: 'm-chat', ...context });
  const call: OpenCall = {
    watch,
    recorded: Promise.resolve({ source: 's', id: 'i' }),
    signal: context.signal,
    drainMs: context.drainMs ?? 1_000,
    end: (outcome) => {
      records.push(watch.record(outcome));
      return Promise.resolve();
    },
  };
  return { stream: meterStream(upstream, call), records };
};

async function* streamOf<T>(chunks: readonly T[], failure?: Error): AsyncGenerator<T> {
  for (const chunk of chunks) yield chunk;
  if (failure !== undefined) throw failure;
}

const read = async <T>(stream: AsyncIterable<T>, count = Infinity): Promise<readonly T[]> => {
  const chunks: T[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    if (chunks.length === count) break;
  }
  return chunks;
};

const never = <T>(): Promise<T> => new Promise(() => undefined);

/** Yields the chunks, then hangs. */
const stuck = <T>(chunks: readonly T[]) => {
  const left = [...chunks];
  const iterator: AsyncIterableIterator<T> & { returned: boolean } = {
    returned: false,
    [Symbol.asyncIterator]: () => iterator,
    next: () => {
      const value = left.shift();
      return value === undefined ? never() : Promise.resolve({ done: false, value });
    },
    return: () => {
      iterator.returned = true;
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return iterator;
};

const cut = { outcome: 'cut', finality: 'provisional', kindsIncomplete: true };

describe('a stream that ends', () => {
  it('goes through unchanged and is recorded once, with its usage', async () => {
    const { stream, records } = follow(streamOf(whole));
    expect(await read(stream)).toEqual(whole);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(records).toEqual([
      {
        model: 'm-chat',
        modelServed: 'm-chat-2026-05-01',
        upstreamRequestId: 'chatcmpl-1',
        usage: { ...usage, completion_tokens_details: {} },
        outcome: 'complete',
        finality: 'final',
      },
    ]);
  });

  it('without a usage is whole but provisional: nothing is guessed', async () => {
    const { stream, records } = follow(streamOf(whole.slice(0, 2)));
    await read(stream);
    expect(records).toMatchObject([
      {
        outcome: 'complete',
        finality: 'provisional',
        kindsIncomplete: true,
        tokens: { input: 0, output: 0 },
        metadata: { 'sdk.chunks': '2', 'sdk.characters': '8' },
      },
    ]);
  });

  const growing = (made: number, choice: object) => ({
    id: 'chatcmpl-1',
    model: 'm-chat-2026-05-01',
    choices: [choice],
    usage: { prompt_tokens: 10, completion_tokens: made },
  });
  const going = { index: 0, delta: { content: 'x' }, finish_reason: null };
  const ended = { index: 0, delta: {}, finish_reason: 'stop' };

  it('new-api#5288 quietly, before the model has ended, is cut, though its counts grew with it', async () => {
    const { stream, records } = follow(streamOf([growing(1, going), growing(2, going)]));
    await read(stream);
    expect(records).toMatchObject([{ ...cut, usage: { completion_tokens: 2 } }]);
  });

  it('new-api#5288 quietly is cut too where a chunk without choices told no usage', async () => {
    const empty = { id: 'chatcmpl-1', model: 'm-chat-2026-05-01', choices: [] };
    const answers: readonly (readonly unknown[])[] = [
      [empty, word('Good ')],
      [growing(1, going), empty, growing(2, going)],
    ];
    for (const chunks of answers) {
      const { stream, records } = follow(streamOf(chunks));
      await read(stream);
      expect(records).toMatchObject([cut]);
    }
  });

  it('with two answers is whole when both have ended', async () => {
    const second = { ...going, index: 1 };
    const half = [growing(1, going), growing(2, second), growing(2, ended)];
    const one = follow(streamOf(half));
    await read(one.stream);
    expect(one.records).toMatchObject([cut]);
    const both = follow(streamOf([...half, growing(3, { ...ended, index: 1 })]));
    await read(both.stream);
    expect(both.records).toMatchObject([{ outcome: 'complete', finality: 'final' }]);
  });

  it.each([
    [
      'cached_tokens',
      { usage: { prompt_tokens: 1_000, completion_tokens: 1, cached_tokens: 800 } },
    ],
    [
      'num_cached_tokens',
      { usage: { prompt_tokens: 1_000, completion_tokens: 1, num_cached_tokens: 800 } },
    ],
    [
      'x_groq',
      { x_groq: { usage: { prompt_tokens: 1_000, completion_tokens: 1, cached_tokens: 800 } } },
    ],
  ])('tells what was cached where a provider says it as %s', async (_name, body) => {
    const { stream, records } = follow(streamOf([{ ...growing(1, ended), usage: null, ...body }]));
    await read(stream);
    const details = { prompt_tokens_details: { cached_tokens: 800 } };
    expect(records).toMatchObject([
      { outcome: 'complete', usage: { prompt_tokens: 1_000, ...details } },
    ]);
  });

  it('of the Responses API is recorded from its last event', async () => {
    const response = {
      id: 'resp_1',
      model: 'm-chat',
      status: 'completed',
      usage: {
        input_tokens: 20,
        output_tokens: 7,
        total_tokens: 27,
        input_tokens_details: { cached_tokens: 5 },
        output_tokens_details: { reasoning_tokens: 3 },
      },
    };
    const events = [
      { type: 'response.created', response: { id: 'resp_1', model: 'm-chat', usage: null } },
      { type: 'response.output_text.delta', delta: 'Good day' },
      { type: 'response.completed', response },
    ];
    const { stream, records } = follow(streamOf(events));
    await read(stream);
    expect(records).toMatchObject([
      {
        upstreamRequestId: 'resp_1',
        outcome: 'complete',
        usage: {
          prompt_tokens: 20,
          completion_tokens: 7,
          total_tokens: 27,
          prompt_tokens_details: { cached_tokens: 5 },
          completion_tokens_details: { reasoning_tokens: 3 },
        },
      },
    ]);
  });
});

describe('new-api#5288 a stream that is cut is neither free nor guessed', () => {
  it('by an upstream that fails: failed, and the error is the consumer’s', async () => {
    const broken = new Error('socket hang up');
    const { stream, records } = follow(streamOf([word('Good ')], broken));
    await expect(read(stream)).rejects.toBe(broken);
    expect(records).toMatchObject([{ ...cut, outcome: 'failed', tokens: { input: 0, output: 0 } }]);
  });

  it('by a connection that ends quietly before the end of the answer', async () => {
    const { stream, records } = follow(streamOf([word('Good ')]));
    await read(stream);
    expect(records).toMatchObject([cut]);
  });

  it('with counts so far: the last ones stand, as provisional', async () => {
    const sofar = (completion: number) => ({
      ...word('x'),
      usage: { prompt_tokens: 1_200, completion_tokens: completion },
    });
    const { stream, records } = follow(streamOf([sofar(1), sofar(2)], new Error('reset')));
    await expect(read(stream)).rejects.toThrow('reset');
    const known = { prompt_tokens: 1_200, completion_tokens: 2 };
    expect(records).toMatchObject([{ ...cut, outcome: 'failed', usage: known }]);
  });

  it('with a tokenizer of one’s own: its counts, as provisional', async () => {
    const estimate = ({ characters }: { characters: number }) => ({ output: characters });
    const { stream, records } = follow(streamOf([word('Good ')]), { estimate });
    await read(stream);
    expect(records).toMatchObject([{ ...cut, tokens: { output: 5 } }]);
  });

  it('by an error inside the stream', async () => {
    const { stream, records } = follow(streamOf([word('Good '), { error: { message: 'x' } }]));
    await read(stream as AsyncIterable<unknown>);
    expect(records).toMatchObject([{ ...cut, outcome: 'failed' }]);
  });
});

describe('sub2api#2168 leaving before the end event is not free', () => {
  it('of a consumer that breaks in the middle', async () => {
    const { stream, records } = follow(streamOf(whole));
    expect(await read(stream, 1)).toEqual([word('Good ')]);
    expect(records).toMatchObject([{ ...cut, upstreamRequestId: 'chatcmpl-1' }]);
  });

  it('of a consumer that leaves at the last word: the usage is still read', async () => {
    const { stream, records } = follow(streamOf(whole));
    await read(stream, 2);
    expect(records).toMatchObject([{ outcome: 'complete', finality: 'final', usage }]);
  });

  it('of one that leaves there while the usage never comes: provisional, after a limit', async () => {
    const upstream = stuck(whole.slice(0, 2));
    const { stream, records } = follow(upstream, { drainMs: 20 });
    await read(stream, 2);
    expect(records).toMatchObject([{ outcome: 'cut', finality: 'provisional' }]);
    expect(upstream.returned).toBe(true);
  });

  it('of a consumer that throws', async () => {
    const { stream, records } = follow(streamOf(whole));
    const consume = async (): Promise<void> => {
      for await (const _chunk of stream) throw new Error('mine');
    };
    await expect(consume()).rejects.toThrow('mine');
    expect(records).toMatchObject([cut]);
  });

  it('of one that gives the stream up before it reads anything', async () => {
    const { stream, records } = follow(streamOf(whole));
    await stream.return?.();
    expect(records).toMatchObject([cut]);
  });

  it('by a signal, though the upstream never answers again', async () => {
    const controller = new AbortController();
    const upstream = stuck([word('Good ')]);
    const { stream, records } = follow(upstream, { signal: controller.signal });
    await stream.next();
    const next = stream.next();
    controller.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
    expect(records).toMatchObject([cut]);
    expect(upstream.returned).toBe(true);
  });

  it('is recorded once, however it is left', async () => {
    const { stream, records } = follow(streamOf(whole));
    await stream.next();
    await stream.return?.();
    await stream.return?.();
    await stream.throw?.(new Error('late')).catch(() => undefined);
    await stream.next();
    expect(records).toHaveLength(1);
  });
});

describe('what an upstream says that is no usage', () => {
  it.each([
    ['null', null],
    ['a text', 'usage'],
    ['an empty object', {}],
    ['null counts', { prompt_tokens: null, completion_tokens: null }],
    ['objects for counts', { prompt_tokens: {}, completion_tokens: [] }],
  ])('%s: the call is recorded as provisional', async (_name, odd) => {
    const chunks = [word('Good day', 'stop'), { choices: null, usage: odd, id: 5, model: [] }];
    const { stream, records } = follow(streamOf<unknown>(chunks));
    await read(stream);
    expect(records).toMatchObject([{ finality: 'provisional', kindsIncomplete: true }]);
  });

  it('a strange id does not cost the event', async () => {
    const { stream, records } = follow(streamOf([{ ...last, id: 'a\u0000b', model: '' }]));
    await read(stream);
    expect(records[0]).not.toHaveProperty('upstreamRequestId');
    expect(records).toMatchObject([{ model: 'm-chat', usage }]);
  });
});
