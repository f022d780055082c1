import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import fc from 'fast-check';
import { admitEvent, type Sender } from './admit-event.js';
import { refusalCodes, withoutPayload, type Refusal } from './refusals.js';

const DAY = 86_400_000_000n;
const sender: Sender = {
  tenant: 'shantou',
  sources: ['//centre-guangzhou/gateway-1'],
  centre: 'centre-guangzhou',
  isActive: (centre) => centre === 'centre-guangzhou',
  now: parseInstant('2026-05-20T12:00:00Z'),
  lateLimit: 45n * DAY,
};
const data = {
  contract: 'contract-1',
  buyer: 'buyer-1',
  centre: 'centre-guangzhou',
  model: 'deepseek-v3.2',
  tokens: { input: 100, output: 20 },
};
const event = {
  specversion: '1.0',
  type: 'suanpan.usage.v1',
  source: '//centre-guangzhou/gateway-1',
  id: 'call-1',
  time: '2026-05-20T11:59:00Z',
  data,
};

const admit = (value: unknown, by: Partial<Sender> = {}) => {
  const admitted = admitEvent(JSON.parse(JSON.stringify(value)), { ...sender, ...by });
  return 'refused' in admitted ? admitted.refused : admitted.ok;
};
const withData = (change: object) => ({ ...event, data: { ...data, ...change } });
const refused = (code: string, path: string) => expect.objectContaining({ code, path });
const produced = new Set<string>();
const refusalOf = (value: unknown): Refusal => {
  const admitted = admitEvent(JSON.parse(JSON.stringify(value)), sender);
  if (!('refused' in admitted)) throw new Error('It was accepted.');
  produced.add(admitted.refused.code);
  return admitted.refused;
};
const accepted = (fields: object) => expect.objectContaining(fields);

const refusing = (
  rows: readonly (readonly [name: string, code: string, path: string, value: unknown])[],
) =>
  it.each(rows)('%s is refused as %s at %s', (...[, code, path, value]) => {
    produced.add(code);
    expect(admit(value)).toEqual(refused(code, path));
  });

describe('an event', () => {
  it('is accepted as the fact it states, what it does not say being null', () => {
    const ok = admit({ ...event, subject: 'chat', traceparent: '00-4bf9-00f0-01' });
    expect(ok).toMatchObject({
      tenant: 'shantou',
      source: '//centre-guangzhou/gateway-1',
      id: 'call-1',
      time: parseInstant('2026-05-20T11:59:00Z'),
      contract: 'contract-1',
      modelOrdered: 'deepseek-v3.2',
      modelServed: null,
      kinds: { input: 100n, output: 20n },
      subject: 'chat',
      latencyMs: null,
      metadata: {},
      extensions: { traceparent: '00-4bf9-00f0-01' },
    });
    expect(Object.values(ok)).not.toContain(undefined);
  });

  it('says a model served only where it is not the one ordered (R7 of the markets)', () => {
    expect(admit(withData({ modelServed: 'deepseek-v3.2' }))).toEqual(
      accepted({ modelServed: null }),
    );
    expect(admit(withData({ modelServed: 'glm-5' }))).toEqual(accepted({ modelServed: 'glm-5' }));
  });

  it('takes null as absent', () => {
    expect(admit(withData({ upstream: null, metadata: null }))).toEqual(
      accepted({ upstream: null }),
    );
  });

  refusing([
    ['a string', 'INVALID_EVENT', '$', 'x'],
    ['a list', 'INVALID_EVENT', '$', []],
    ['null', 'INVALID_EVENT', '$', null],
    [
      'another version of CloudEvents',
      'UNSUPPORTED_SPECVERSION',
      '$.specversion',
      { ...event, specversion: '0.3' },
    ],
    ['another type', 'INVALID_TYPE', '$.type', { ...event, type: 'com.example' }],
    ['a missing source', 'INVALID_SOURCE', '$.source', { ...event, source: undefined }],
    ['another sender’s source', 'SOURCE_NOT_ALLOWED', '$.source', { ...event, source: '//other' }],
    ['XML', 'INVALID_CONTENT_TYPE', '$.datacontenttype', { ...event, datacontenttype: 'text/xml' }],
    ['missing data', 'INVALID_DATA', '$.data', { ...event, data: undefined }],
    ['data as text', 'INVALID_DATA', '$.data', { ...event, data: 'x' }],
    ['a missing contract', 'FIELD_REQUIRED', '$.data.contract', withData({ contract: undefined })],
    ['a number as buyer', 'INVALID_TEXT', '$.data.buyer', withData({ buyer: 7 })],
    ['a line break in a model', 'INVALID_TEXT', '$.data.model', withData({ model: 'a\nb' })],
    ['an outcome not listed', 'INVALID_VALUE', '$.data.outcome', withData({ outcome: 'odd' })],
    [
      'a country in words',
      'INVALID_COUNTRY',
      '$.data.endUserCountry',
      withData({ endUserCountry: 'Laos' }),
    ],
    [
      'a flag in words',
      'INVALID_VALUE',
      '$.data.kindsIncomplete',
      withData({ kindsIncomplete: 'yes' }),
    ],
    ['N7 a missing model', 'MODEL_REQUIRED', '$.data.model', withData({ model: undefined })],
    [
      'R3 a call that names another',
      'INVALID_CORRECTION',
      '$.data.correctsId',
      withData({ correctsId: 'i' }),
    ],
    [
      'R3 a call with a revision',
      'INVALID_CORRECTION',
      '$.data.revision',
      withData({ revision: 1 }),
    ],
  ]);

  it('takes JSON in any dialect of the content type', () => {
    expect(admit({ ...event, datacontenttype: 'application/json; charset=utf-8' })).toHaveProperty(
      'id',
    );
  });

  it.each([
    ['a key beyond any name', 'UNKNOWN_FIELD', { ['a'.repeat(600_000)]: 1 }],
    ['an odd key', 'UNKNOWN_FIELD', { ['é'.repeat(600_000)]: 1 }],
  ])('B51 names %s shortly', (_what, wanted, data) => {
    const { code, path } = refusalOf(withData(data));
    expect(code).toBe(wanted);
    expect(path.length).toBeLessThan(300);
  });

  it('B42 refuses a part that is larger than its whole', () => {
    const usage = {
      ...{ prompt_tokens: 10, completion_tokens: 5 },
      prompt_tokens_details: { text_tokens: 999 },
    };
    const { code, path } = refusalOf(withData({ tokens: undefined, usage }));
    expect([code, path]).toEqual([
      'INCONSISTENT_COUNTS',
      '$.data.usage.prompt_tokens_details.text_tokens',
    ]);
  });
});

describe('what is kept of a refusal in clear', () => {
  it('R23 has no word of the sender’s: no value, no name of its own', () => {
    const canary = 'alice@example.com';
    for (const data of [
      { [canary]: 1 },
      { endUser: `${canary}\n` },
      { metadata: { [canary]: 1 } },
    ]) {
      const kept = withoutPayload(refusalOf(withData(data)));
      expect(JSON.stringify(kept)).not.toContain('alice');
      expect(kept.path).toMatch(/^\$\.data/);
    }
  });
});

describe('the id (B29, B30)', () => {
  refusing([
    ['B29 an empty one', 'INVALID_EVENT_ID', '$.id', { ...event, id: '' }],
    ['B29 one of 300 characters', 'INVALID_EVENT_ID', '$.id', { ...event, id: 'x'.repeat(300) }],
    ['B29 one with NUL', 'INVALID_EVENT_ID', '$.id', { ...event, id: 'a\u0000b' }],
    ['B29 one with half a surrogate pair', 'INVALID_EVENT_ID', '$.id', { ...event, id: 'a\ud800' }],
    ['B29 a number', 'INVALID_EVENT_ID', '$.id', { ...event, id: 12 }],
    ['B29 a missing one', 'INVALID_EVENT_ID', '$.id', { ...event, id: undefined }],
    ['B30 one in NFD', 'NOT_NFC', '$.id', { ...event, id: 'cafe\u0301' }],
  ]);

  it.each([
    ['256 characters', 'x'.repeat(256)],
    ['NFC', 'caf\u00e9'],
    ['another case', 'CALL-1'],
    ['a space at the end', 'call-1 '],
    ['a zero-width space', 'call\u200b1'],
    ['a character beyond 16 bits', 'call-\u{1f9ee}'],
  ])('B30 of %s is kept as it is', (_name, id) => {
    expect(admit({ ...event, id })).toEqual(accepted({ id }));
  });
});

describe('counts (B35–B42)', () => {
  const tokens = (input: unknown) => withData({ tokens: { input } });
  const usage = (change: object) =>
    withData({ tokens: undefined, usage: { prompt_tokens: 10, completion_tokens: 5, ...change } });

  refusing([
    ['B35 tokens −1', 'NEGATIVE_QUANTITY', '$.data.tokens.input', tokens(-1)],
    ['B35 tokens "-1"', 'NEGATIVE_QUANTITY', '$.data.tokens.input', tokens('-1')],
    ['B37 tokens 1.5', 'NOT_INTEGER', '$.data.tokens.input', tokens(1.5)],
    ['B37 tokens "1.5"', 'NOT_INTEGER', '$.data.tokens.input', tokens('1.5')],
    ['B37 tokens true', 'NOT_INTEGER', '$.data.tokens.input', tokens(true)],
    ['B37 tokens "007"', 'NOT_INTEGER', '$.data.tokens.input', tokens('007')],
    ['B40 tokens 2^53', 'QUANTITY_LIMIT', '$.data.tokens.input', tokens(2 ** 53)],
    [
      'B40 tokens 10^18 + 1',
      'QUANTITY_LIMIT',
      '$.data.tokens.input',
      tokens('1000000000000000001'),
    ],
    ['B40 tokens "1e1000000000"', 'NOT_INTEGER', '$.data.tokens.input', tokens('1e1000000000')],
    ['B40 a million nines', 'QUANTITY_LIMIT', '$.data.tokens.input', tokens('9'.repeat(1_000_000))],
    [
      'B42 cached over prompt',
      'INCONSISTENT_COUNTS',
      '$.data.usage',
      usage({ prompt_tokens_details: { cached_tokens: 11 } }),
    ],
    [
      'B42 reasoning over completion',
      'INCONSISTENT_COUNTS',
      '$.data.usage',
      usage({ completion_tokens_details: { reasoning_tokens: 6 } }),
    ],
    [
      'B42 a total that is no sum',
      'INCONSISTENT_COUNTS',
      '$.data.usage',
      usage({ total_tokens: 16 }),
    ],
    [
      'a prompt not counted',
      'FIELD_REQUIRED',
      '$.data.usage.prompt_tokens',
      usage({ prompt_tokens: null }),
    ],
    [
      'tokens and usage',
      'TOKENS_OR_USAGE',
      '$.data.tokens',
      { ...usage({}), data: { ...usage({}).data, tokens: { input: 1 } } },
    ],
    ['neither of them', 'TOKENS_OR_USAGE', '$.data.tokens', withData({ tokens: undefined })],
    ['no kind at all', 'TOKENS_OR_USAGE', '$.data.tokens', withData({ tokens: {} })],
    ['tokens as a list', 'INVALID_VALUE', '$.data.tokens', withData({ tokens: [1] })],
  ]);

  it('B40 1e400 is refused, having become infinite in the parser', () => {
    const text = JSON.stringify(tokens(0)).replace('"input":0', '"input":1e400');
    expect(admitEvent(JSON.parse(text), sender)).toEqual({
      refused: refused('QUANTITY_LIMIT', '$.data.tokens.input'),
    });
  });

  it('B40 is refused in less than 5 ms each', () => {
    const worst = ['9'.repeat(1_000_000), '1e1000000000', `0.${'9'.repeat(1_000_000)}`];
    for (const text of worst) {
      const times = Array.from({ length: 5 }, () => {
        const start = process.hrtime.bigint();
        admitEvent(tokens(text), sender);
        return Number(process.hrtime.bigint() - start);
      });
      expect(Math.min(...times)).toBeLessThan(5_000_000);
    }
  });

  it.each([
    ['B36 0', 0, 0n],
    ['B36 "0"', '0', 0n],
    ['2^53 − 1', Number.MAX_SAFE_INTEGER, 9_007_199_254_740_991n],
    ['B65 2^53 + 1 as text', '9007199254740993', 9_007_199_254_740_993n],
    ['10^18 as text', '1000000000000000000', 10n ** 18n],
  ])('%s is accepted exactly', (_name, given, input) => {
    expect(admit(tokens(given))).toEqual(accepted({ kinds: { input } }));
  });

  it('makes a provider’s overlapping counts disjoint, and loses no token', () => {
    const counts = fc.tuple(...Array.from({ length: 6 }, () => fc.nat(1_000_000)));
    fc.assert(
      fc.property(counts, ([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]) => {
        const ok = admit(
          usage({
            prompt_tokens: a + b + c,
            completion_tokens: d + e + f,
            total_tokens: a + b + c + d + e + f,
            prompt_tokens_details: { cached_tokens: b, audio_tokens: c },
            completion_tokens_details: { reasoning_tokens: e, audio_tokens: f },
          }),
        ) as { kinds: Record<string, bigint> };
        const sum = Object.values(ok.kinds).reduce((total, part) => total + part, 0n);
        expect(sum).toBe(BigInt(a + b + c + d + e + f));
        expect(ok.kinds['input']).toBe(BigInt(a));
        expect(ok.kinds['cached_input'] ?? 0n).toBe(BigInt(b));
        expect(ok.kinds['reasoning'] ?? 0n).toBe(BigInt(e));
      }),
    );
  });
});

describe('the time (B43–B46)', () => {
  const at = (time: unknown) => ({ ...event, time });

  refusing([
    ['B43 a missing one', 'INVALID_TIME', '$.time', at(undefined)],
    ['B43 30 February', 'INVALID_TIME', '$.time', at('2024-02-30T00:00:00Z')],
    ['B43 one without zone', 'INVALID_TIME', '$.time', at('2026-05-20T11:59:00')],
    ['B43 the year 1', 'INVALID_TIME', '$.time', at('0001-01-01T00:00:00Z')],
    ['B43 the year 275761', 'INVALID_TIME', '$.time', at('+275761-01-01T00:00:00Z')],
    ['B43 nanoseconds', 'INVALID_TIME', '$.time', at('2026-05-20T11:59:00.123456789Z')],
    ['B43 a leap second', 'INVALID_TIME', '$.time', at('2016-12-31T23:59:60Z')],
    ['B43 a number', 'INVALID_TIME', '$.time', at(1779278340)],
    ['B44 ten minutes ahead', 'FUTURE_EVENT', '$.time', at('2026-05-20T12:10:00Z')],
    ['B44 120.000001 s ahead', 'FUTURE_EVENT', '$.time', at('2026-05-20T12:02:00.000001Z')],
    ['B46 a microsecond over the limit', 'TOO_OLD', '$.time', at('2026-04-05T11:59:59.999999Z')],
  ]);

  it.each([
    ['B44 a second ahead', '2026-05-20T12:00:01Z'],
    ['B44 120 s ahead', '2026-05-20T12:02:00Z'],
    ['B46 exactly at the limit', '2026-04-05T12:00:00Z'],
    ['B43 another zone', '2026-05-20T19:59:00+08:00'],
  ])('%s is accepted', (_name, time) => {
    expect(admit(at(time))).toEqual(accepted({ time: parseInstant(time) }));
  });
});

describe('the centre (B49)', () => {
  const of = (centre: string) => withData({ centre });

  it.each([
    ['not the credential’s', of('centre-shaoguan'), {}],
    ['suspended', event, { isActive: () => false }],
    ['unknown to the operator', of('centre-nowhere'), { centre: null }],
  ])('B49 is refused where it is %s', (_name, value, by) => {
    expect(admit(value, by)).toEqual(refused('CENTRE_MISMATCH', '$.data.centre'));
    produced.add('CENTRE_MISMATCH');
  });

  it('B49 is accepted from an operator who speaks for each', () => {
    const operator = { centre: null, sources: null, isActive: () => true };
    expect(admit({ ...of('centre-shaoguan'), source: '//any' }, operator)).toEqual(
      accepted({ centre: 'centre-shaoguan', source: '//any' }),
    );
  });
});

describe('unknown and forbidden keys (B18, B19, R20)', () => {
  refusing([
    ['B18 a misspelt field', 'UNKNOWN_FIELD', '$.data.tokns', withData({ tokns: 5 })],
    [
      'B18 a misspelt kind',
      'UNKNOWN_FIELD',
      '$.data.tokens.inptu',
      withData({ tokens: { inptu: 5 } }),
    ],
    [
      'B18 a misspelt detail',
      'UNKNOWN_FIELD',
      '$.data.usage.prompt_tokens_details.cached',
      withData({
        tokens: undefined,
        usage: { prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { cached: 1 } },
      }),
    ],
    [
      'B19 constructor in data',
      'FORBIDDEN_KEY',
      '$.data.constructor',
      withData({ constructor: { prototype: { x: 1 } } }),
    ],
    ['B19 prototype at the top', 'FORBIDDEN_KEY', '$.prototype', { ...event, prototype: 'x' }],
    [
      'B19 constructor in metadata',
      'FORBIDDEN_KEY',
      '$.data.metadata.constructor',
      withData({ metadata: { constructor: 'x' } }),
    ],
    [
      'R20 a camel-case extension',
      'INVALID_EXTENSION',
      '$.traceParent',
      { ...event, traceParent: 'x' },
    ],
    ['R20 an extension that is an object', 'INVALID_EXTENSION', '$.extra', { ...event, extra: {} }],
    [
      'R20 an extension of 5,000 characters',
      'EXTENSION_LIMIT',
      '$.extra',
      { ...event, extra: 'x'.repeat(5_000) },
    ],
    ['R20 33 extensions', 'EXTENSION_LIMIT', '$', { ...event, ...many(33, 'x') }],
  ]);

  it.each([
    ['the event', (text: string) => text.replace('{', '{"__proto__":{"polluted":1},')],
    ['data', (text: string) => text.replace('"data":{', '"data":{"__proto__":{"polluted":1},')],
    [
      'tokens',
      (text: string) => text.replace('"tokens":{', '"tokens":{"__proto__":{"polluted":1},'),
    ],
  ])('B19 __proto__ in %s is refused and changes no object', (_name, plant) => {
    const parsed: unknown = JSON.parse(plant(JSON.stringify(event)));
    expect(admitEvent(parsed, sender)).toMatchObject({ refused: { code: 'FORBIDDEN_KEY' } });
    expect({}).not.toHaveProperty('polluted');
  });

  it('R20 carries extension attributes as text', () => {
    const extensions = { traceparent: '00-4bf9', sequence: 7, sampled: true };
    expect(admit({ ...event, ...extensions })).toEqual(
      accepted({ extensions: { traceparent: '00-4bf9', sequence: '7', sampled: 'true' } }),
    );
  });
});

describe('metadata (B51, B52)', () => {
  const metadata = (value: unknown) => withData({ metadata: value });

  refusing([
    ['B51 65 kB', 'METADATA_LIMIT', '$.data.metadata', metadata({ note: 'x'.repeat(65_000) })],
    ['B51 1,000 keys', 'METADATA_LIMIT', '$.data.metadata', metadata(many(1_000, 'x'))],
    ['B51 the key ""', 'METADATA_LIMIT', '$.data.metadata[""]', metadata({ '': 'x' })],
    [
      'B51 a key of 129 characters',
      'METADATA_LIMIT',
      `$.data.metadata.${'k'.repeat(129)}`,
      metadata({ ['k'.repeat(129)]: 'x' }),
    ],
    [
      'B51 an object inside',
      'METADATA_LIMIT',
      '$.data.metadata.deep',
      metadata({ deep: { er: 'x' } }),
    ],
    ['B51 a list', 'METADATA_LIMIT', '$.data.metadata', metadata(['x'])],
    ['B51 NUL in a value', 'METADATA_LIMIT', '$.data.metadata.note', metadata({ note: 'a\u0000' })],
  ]);

  it('B51 is accepted up to its limits', () => {
    expect(admit(metadata(many(64, 'x')))).toHaveProperty('id', 'call-1');
    expect(admit(metadata({ note: 'x'.repeat(32_764) }))).toHaveProperty('id', 'call-1');
  });

  it.each(["=cmd|' /C calc'!A0", '<script>alert(1)</script>', '${jndi:ldap://x}', '%0d%0a'])(
    'B52 keeps %s as it is',
    (note) => {
      expect(admit(metadata({ note }))).toEqual(accepted({ metadata: { note } }));
    },
  );
});

describe('whatever comes', () => {
  it('is answered with a fact or a code, never with an exception', () => {
    const field = fc.constantFrom(
      ...Object.keys(data),
      'usage',
      'metadata',
      'latencyMs',
      'outcome',
    );
    fc.assert(
      fc.property(fc.dictionary(field, fc.jsonValue()), fc.jsonValue(), (change, time) => {
        const outcome = admitEvent({ ...event, time, data: { ...data, ...change } }, sender);
        expect('ok' in outcome || outcome.refused.code in refusalCodes).toBe(true);
      }),
    );
  });

  it('has seen every code above', () => {
    // Proved in admit-claims.spec.ts.
    produced.add('CONTRACT_NOT_ALLOWED').add('TENANT_MISMATCH');
    expect([...produced].sort()).toEqual(Object.keys(refusalCodes).sort());
  });
});

function many(count: number, value: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, value]));
}

describe('R3 a correction', () => {
  const correct = (change: object = {}) => ({
    ...event,
    type: 'suanpan.usage.correct.v1',
    id: 'correction-1',
    data: { ...data, correctsId: 'call-1', revision: 1, ...change },
  });
  const voiding = (change: object = {}) => ({
    ...event,
    type: 'suanpan.usage.void.v1',
    id: 'void-1',
    data: { centre: data.centre, correctsId: 'call-1', revision: 2, ...change },
  });

  it('says the whole call again and names the one it replaces, by default of its own source', () => {
    expect(admit(correct())).toEqual(
      accepted({
        correction: 'correct',
        correctsSource: event.source,
        correctsId: 'call-1',
        revision: 1n,
        kinds: { input: 100n, output: 20n },
      }),
    );
  });

  it('that voids says nothing of the call but its name', () => {
    const metadata = { reason: 'sent by a load test' };
    expect(admit(voiding({ metadata }))).toEqual(
      accepted({ correction: 'void', correctsId: 'call-1', revision: 2n, kinds: {}, metadata }),
    );
  });

  refusing([
    ['no revision', 'INVALID_CORRECTION', '$.data.revision', correct({ revision: undefined })],
    ['revision 0', 'INVALID_CORRECTION', '$.data.revision', correct({ revision: 0 })],
    ['revision 1.5', 'NOT_INTEGER', '$.data.revision', voiding({ revision: 1.5 })],
    ['no name', 'INVALID_CORRECTION', '$.data.correctsId', voiding({ correctsId: undefined })],
    [
      'a call of another sender',
      'SOURCE_NOT_ALLOWED',
      '$.data.correctsSource',
      correct({ correctsSource: '//other' }),
    ],
    ['a void with tokens', 'UNKNOWN_FIELD', '$.data.tokens', voiding({ tokens: { input: 1 } })],
    [
      'a void by another centre',
      'CENTRE_MISMATCH',
      '$.data.centre',
      voiding({ centre: 'centre-other' }),
    ],
  ]);
});
