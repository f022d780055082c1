import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import fc from 'fast-check';
import { admitForeign, genAiNames, readGenAi } from './index.js';
import type { AttributeValue, ForeignCall, GenAiReading, GenAiRecord, Sender } from './index.js';

type Said = Readonly<Record<string, AttributeValue>>;

const TRACE = '5b8efff798038103d269b633813fc60c';
const SPAN = 'eee19b7ec3c1b174';

const record = (attributes: Said, over: Partial<GenAiRecord> = {}): GenAiRecord => ({
  traceId: TRACE,
  spanId: SPAN,
  startNanos: 1_779_678_000_000_000_000n,
  endNanos: 1_779_678_001_234_567_890n,
  failed: false,
  attributes: new Map(Object.entries(attributes)),
  resource: new Map(),
  repeated: null,
  ...over,
});

const chat: Said = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'deepseek',
  'gen_ai.request.model': 'm-chat',
  'gen_ai.usage.input_tokens': 10_000n,
  'gen_ai.usage.output_tokens': 500n,
};

const callOf = (reading: GenAiReading): ForeignCall => {
  if ('call' in reading) return reading.call;
  throw new Error(`no call: ${JSON.stringify(reading)}`);
};
const kindsOf = (attributes: Said) => callOf(readGenAi(record(attributes))).kinds;
const refusalOf = (attributes: Said, over: Partial<GenAiRecord> = {}) => {
  const reading = readGenAi(record(attributes, over));
  return 'refused' in reading ? [reading.refused.code, reading.refused.path] : reading;
};

describe('a span of a GenAI call', () => {
  it('is a call whose id is the trace, the span and the response, at the microsecond of its end', () => {
    expect(
      callOf(
        readGenAi(
          record({ ...chat, 'gen_ai.response.model': 'm-chat-2', 'gen_ai.response.id': 'r-1' }),
        ),
      ),
    ).toMatchObject({
      id: `${TRACE}-${SPAN}-r-1`,
      responseId: 'r-1',
      source: null,
      time: '2026-05-25T03:00:01.234567Z',
      model: 'm-chat',
      modelServed: 'm-chat-2',
      kinds: { input: 10_000n, output: 500n },
      kindsIncomplete: false,
      data: { latencyMs: '1234', upstreamRequestId: 'r-1', metadata: { provider: 'deepseek' } },
    });
  });

  it('A1 c2 cached tokens are part of the input', () => {
    const cached = { ...chat, 'gen_ai.usage.cache_read.input_tokens': 9_000n };
    expect(kindsOf(cached)).toEqual({ input: 1_000n, cached_input: 9_000n, output: 500n });
  });

  it('A1 c3 reasoning tokens are part of the output', () => {
    const reasoning = { ...chat, 'gen_ai.usage.reasoning.output_tokens': 200n };
    expect(kindsOf(reasoning)).toEqual({ input: 10_000n, output: 300n, reasoning: 200n });
  });

  it('A1 c8 is refused when more is cached than was sent', () => {
    const wrong = { ...chat, 'gen_ai.usage.cache_read.input_tokens': 10_001n };
    expect(refusalOf(wrong)).toEqual([
      'INCONSISTENT_COUNTS',
      '$.attributes["gen_ai.usage.input_tokens"]',
    ]);
  });

  it('finds the eight kinds', () => {
    expect(
      kindsOf({
        ...chat,
        'gen_ai.usage.cache_read.input_tokens': 1n,
        'gen_ai.usage.cache_creation.input_tokens': 2n,
        'gen_ai.usage.audio.input_tokens': 3n,
        'gen_ai.usage.image.input_tokens': 4n,
        'gen_ai.usage.audio.output_tokens': 5n,
        'gen_ai.usage.reasoning.output_tokens': 6n,
      }),
    ).toEqual({
      ...{ input: 9_990n, cached_input: 1n, cache_write: 2n, audio_input: 3n, image_input: 4n },
      ...{ output: 489n, audio_output: 5n, reasoning: 6n },
    });
  });

  it('is ignored when it has no usage', () => {
    expect(readGenAi(record({ 'http.request.method': 'POST' }))).toEqual({ ignored: 'no usage' });
    const { 'gen_ai.usage.input_tokens': _in, 'gen_ai.usage.output_tokens': _out, ...rest } = chat;
    expect(readGenAi(record(rest))).toEqual({ ignored: 'no usage' });
  });

  it.each(['invoke_agent', 'create_agent', 'invoke_workflow', 'execute_tool', 'retrieval'])(
    'of %s repeats what its children counted, and is not counted again',
    (operation) => {
      const sum = { ...chat, 'gen_ai.operation.name': operation };
      expect(readGenAi(record(sum))).toEqual({ ignored: 'aggregate' });
    },
  );

  it.each(['chat', 'text_completion', 'generate_content', 'embeddings'])(
    'of %s is one call',
    (operation) => {
      expect(kindsOf({ ...chat, 'gen_ai.operation.name': operation })['input']).toBe(10_000n);
    },
  );

  it.each([['plan'], [null]])('of the operation %s is refused, not guessed at', (operation) => {
    const { 'gen_ai.operation.name': _operation, ...rest } = chat;
    const unknown = operation === null ? rest : { ...rest, 'gen_ai.operation.name': operation };
    expect(refusalOf(unknown)).toEqual([
      'OPERATION_UNKNOWN',
      '$.attributes["gen_ai.operation.name"]',
    ]);
  });

  it('litellm#36426 a call whose output was not counted is refused, not dropped', () => {
    const { 'gen_ai.usage.output_tokens': _output, ...rest } = chat;
    expect(refusalOf(rest)[0 as never]).toBe('FIELD_REQUIRED');
  });

  it('a failed call and an embedding have no output to count', () => {
    const { 'gen_ai.usage.output_tokens': _output, ...rest } = chat;
    const failed = callOf(readGenAi(record(rest, { failed: true })));
    expect([failed.kinds, failed.data.outcome]).toEqual([{ input: 10_000n, output: 0n }, 'failed']);
    const embedding = { ...rest, 'gen_ai.operation.name': 'embeddings' };
    expect(kindsOf(embedding)).toEqual({ input: 10_000n, output: 0n });
  });
});

describe('cached tokens that may be audio or image tokens too', () => {
  const cached = { 'gen_ai.usage.cache_read.input_tokens': 9_000n };
  const isFlagged = (more: Said): boolean =>
    callOf(readGenAi(record({ ...chat, ...more }))).kindsIncomplete;

  it.each(['gen_ai.usage.audio.input_tokens', 'gen_ai.usage.image.input_tokens'])(
    'are flagged with %s',
    (name) => {
      expect(isFlagged({ ...cached, [name]: 500n })).toBe(true);
      expect(isFlagged({ ...cached, [name]: 0n })).toBe(false);
      expect(isFlagged({ [name]: 500n })).toBe(false);
    },
  );
});

describe('deprecated names', () => {
  const old: Said = {
    'gen_ai.system': 'openai',
    'gen_ai.request.model': 'm-chat',
    'gen_ai.usage.prompt_tokens': 10_000n,
    'gen_ai.usage.completion_tokens': 500n,
  };

  it('are read like today’s, and flagged: they could not tell the kinds apart', () => {
    const call = callOf(readGenAi(record(old)));
    expect(call).toMatchObject({
      kinds: { input: 10_000n, output: 500n },
      kindsIncomplete: true,
      data: { metadata: { provider: 'openai' } },
    });
  });

  it('beside today’s names say the same, or the span is refused', () => {
    const both = { ...chat, 'gen_ai.usage.prompt_tokens': 10_000n };
    expect(kindsOf(both)).toEqual({ input: 10_000n, output: 500n });
    expect(refusalOf({ ...chat, 'gen_ai.usage.prompt_tokens': 9_999n })).toEqual([
      'INCONSISTENT_COUNTS',
      '$.attributes["gen_ai.usage.prompt_tokens"]',
    ]);
  });

  it('of every part are read', () => {
    for (const name of ['cached', 'cacheWrite', 'reasoning'] as const) {
      for (const attribute of genAiNames[name]) {
        expect(Object.values(kindsOf({ ...chat, [attribute]: 77n }))).toContain(77n);
      }
    }
  });
});

describe('the subject', () => {
  const subjectOf = (own: Said, resource: Said) =>
    callOf(readGenAi(record({ ...chat, ...own }, { resource: new Map(Object.entries(resource)) })))
      .subject;

  it('is the span’s own, else its resource’s', () => {
    expect(subjectOf({ 'user.id': 'u-1' }, { 'user.id': 'u-2' })).toBe('u-1');
    expect(subjectOf({}, { 'enduser.id': 'u-2' })).toBe('u-2');
    expect(subjectOf({ 'enduser.id': 'a', 'suanpan.subject': 'b' }, {})).toBe('b');
    expect(subjectOf({}, {})).toBeNull();
  });

  it('stands where the mapping says', () => {
    const own = record({ ...chat, 'user.id': 'u-1', 'tenant.id': 't-1' });
    expect(callOf(readGenAi(own, { subjects: ['tenant.id'] })).subject).toBe('t-1');
  });
});

describe('what the conventions have no name for', () => {
  const dataOf = (own: Said, resource: Said) =>
    callOf(readGenAi(record({ ...chat, ...own }, { resource: new Map(Object.entries(resource)) })))
      .data;

  it.each([
    ['contract', 'suanpan.contract'],
    ['buyer', 'suanpan.buyer'],
    ['authorization', 'suanpan.authorization'],
  ] as const)('the %s is the span’s own, else its resource’s', (field, name) => {
    expect(dataOf({ [name]: 'own' }, { [name]: 'shared' })[field]).toBe('own');
    expect(dataOf({}, { [name]: 'shared' })[field]).toBe('shared');
    expect(dataOf({}, {})[field] ?? null).toBeNull();
  });

  const sender: Sender = {
    ...{ tenant: 'shantou', sources: null, centre: 'gz', isActive: () => true },
    now: parseInstant('2026-05-25T12:00:00Z'),
    lateLimit: 86_400_000_000n,
  };
  const account = { 'suanpan.contract': 'c-1', 'suanpan.buyer': 'b-1', 'suanpan.source': 's-1' };

  it('an authorization reaches the event; one that is no text is refused at its attribute', () => {
    const admitted = (authorization: AttributeValue) => {
      const said = { ...chat, ...account, 'suanpan.authorization': authorization };
      // A span needs no mapping where it names its account and its source itself.
      return admitForeign(callOf(readGenAi(record(said))), null, sender);
    };
    expect(admitted('auth-1')).toMatchObject({ ok: { authorization: 'auth-1' } });
    expect(admitted(7n)).toMatchObject({
      refused: { code: 'INVALID_TEXT', path: '$.attributes["suanpan.authorization"]' },
    });
  });
});

describe('counts', () => {
  it.each([
    [-1n, 'NEGATIVE_QUANTITY'],
    [1.5, 'NOT_INTEGER'],
    [true, 'NOT_INTEGER'],
    [null, 'NOT_INTEGER'],
    [Number.NaN, 'NOT_INTEGER'],
    ['many', 'NOT_INTEGER'],
    [10n ** 18n + 1n, 'QUANTITY_LIMIT'],
  ])('of %s are refused', (value, code) => {
    expect(refusalOf({ ...chat, 'gen_ai.usage.input_tokens': value })).toEqual([
      code,
      '$.attributes["gen_ai.usage.input_tokens"]',
    ]);
  });

  it('B65 beyond 2^53 are exact', () => {
    const large = { ...chat, 'gen_ai.usage.input_tokens': 9_007_199_254_740_993n };
    expect(kindsOf(large)['input']).toBe(9_007_199_254_740_993n);
  });

  it('that stand twice are refused', () => {
    const repeated = 'gen_ai.usage.input_tokens';
    expect(refusalOf(chat, { repeated })).toEqual(['INVALID_VALUE', `$.attributes["${repeated}"]`]);
  });

  it('never lose or double a token', () => {
    const count = fc.bigInt({ min: 0n, max: 10n ** 17n });
    fc.assert(
      fc.property(fc.tuple(count, count, count, count), ([plain, cached, visible, reasoning]) => {
        const kinds = kindsOf({
          ...chat,
          'gen_ai.usage.input_tokens': plain + cached,
          'gen_ai.usage.cache_read.input_tokens': cached,
          'gen_ai.usage.output_tokens': visible + reasoning,
          'gen_ai.usage.reasoning.output_tokens': reasoning,
        });
        const sum = Object.values(kinds).reduce((total, kind) => total + kind, 0n);
        expect(sum).toBe(plain + cached + visible + reasoning);
      }),
    );
  });
});

describe('an id', () => {
  it.each([
    ['no trace', { traceId: '' }],
    ['a trace of zeros', { traceId: '0'.repeat(32) }],
    ['half a trace', { traceId: TRACE.slice(16) }],
    ['no hexadecimal', { spanId: 'z'.repeat(16) }],
  ])('of %s is none', (_, over) => {
    expect(callOf(readGenAi(record(chat, over))).id).toBeNull();
  });
});

describe('the id of a record', () => {
  const idOf = (response: AttributeValue, over: Partial<GenAiRecord> = {}) => {
    const log = record({ ...chat, 'gen_ai.response.id': response }, over);
    return callOf(readGenAi(log, { digest: (text) => `short of ${text.length}` })).id;
  };
  const SPAN_OF_SERVER = `${TRACE}-${SPAN}`;

  it('is another one than the next one’s in the same span, when the responses are two', () => {
    expect(idOf('chatcmpl-1')).toBe(`${SPAN_OF_SERVER}-chatcmpl-1`);
    expect(idOf('chatcmpl-2')).toBe(`${SPAN_OF_SERVER}-chatcmpl-2`);
    expect(idOf(7n)).toBe(`${SPAN_OF_SERVER}-7`);
  });

  it.each([
    ['as long as an id may be', 'r'.repeat(200), `${SPAN_OF_SERVER}-${'r'.repeat(200)}`],
    ['longer', 'r'.repeat(201), `${SPAN_OF_SERVER}-short of 201`],
    ['that is no text of ours', 'r\0', `${SPAN_OF_SERVER}-short of 2`],
    ['that is none', '', SPAN_OF_SERVER],
    ['that is a list', null, SPAN_OF_SERVER],
  ])('of a response id %s has the id of its span and that response', (_name, response, id) => {
    expect(idOf(response)).toBe(id);
  });

  it('without a response has the id of its span, without a span that of its response', () => {
    expect(callOf(readGenAi(record(chat))).id).toBe(SPAN_OF_SERVER);
    expect(idOf('chatcmpl-1', { spanId: '' })).toBeNull();
  });
});
