import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import fc from 'fast-check';
import { admitEvent, type Sender } from './admit-event.js';
import { idRules, type DoorMapping, type IdRule } from './door-mapping.js';
import { admitForeign, type ForeignCall } from './foreign-call.js';
import { withoutPayload } from './refusals.js';

const sender: Sender = {
  tenant: 'shantou',
  sources: ['gz/litellm', 'gz/other'],
  centre: 'gz',
  isActive: (centre) => centre === 'gz',
  now: parseInstant('2026-05-20T12:00:00Z'),
  lateLimit: 45n * 86_400_000_000n,
};
const bintang = { contract: 'c-1', buyer: 'bintang-toys' };
const rest = { contract: 'c-rest', buyer: 'the-rest' };
const mapping: DoorMapping = {
  source: 'gz/litellm',
  subjects: new Map([['key-7', bintang]]),
  fallback: null,
  idRule: 'sender-or-response',
  kindsIncomplete: 'flag',
  subjectAttributes: ['user.id'],
};
const call: ForeignCall = {
  id: 'call-1',
  responseId: 'chatcmpl-1',
  source: null,
  time: '2026-05-20T11:59:00Z',
  subject: 'key-7',
  model: 'm-chat',
  modelServed: null,
  kinds: { input: 100n, cached_input: 7n, output: 20n },
  kindsIncomplete: false,
  data: { outcome: 'complete', host: 'gw-1' },
  extensions: { traceparent: '00-4bf9' },
  paths: {
    '$.id': '$.callId',
    '$.time': '$.at',
    '$.source': '$.from',
    '$.subject': '$.user',
    '$.data': '$',
    '$.data.model': '$.response.model',
    '$.data.tokens': '$.response.usage',
  },
};

const admit = (change: Partial<ForeignCall> = {}, by: Partial<DoorMapping> | null = {}) => {
  const given = by === null ? null : { ...mapping, ...by };
  const admitted = admitForeign({ ...call, ...change }, given, sender);
  return 'refused' in admitted ? admitted.refused : admitted.ok;
};

describe('R22 a foreign call', () => {
  it('becomes the event that the centre itself would have sent', () => {
    const own = admitEvent(
      {
        specversion: '1.0',
        type: 'suanpan.usage.v1',
        source: 'gz/litellm',
        id: 'call-1',
        time: '2026-05-20T11:59:00Z',
        subject: 'key-7',
        traceparent: '00-4bf9',
        data: {
          ...{ ...bintang, centre: 'gz', model: 'm-chat', outcome: 'complete', host: 'gw-1' },
          tokens: { input: 100, cached_input: 7, output: 20 },
        },
      },
      sender,
    );
    expect(own).toEqual({ ok: admit() });
  });

  it('has the fallback’s contract where its subject is not named, or it has none', () => {
    expect(admit({ subject: 'key-8' }, { fallback: rest })).toMatchObject(rest);
    expect(admit({ subject: null }, { fallback: rest })).toMatchObject({ ...rest, subject: null });
    expect(admit({}, { fallback: rest })).toMatchObject(bintang);
  });

  it('is never booked on a contract that nobody named', () => {
    expect(admit({ subject: 'key-8' })).toMatchObject({
      code: 'SUBJECT_UNKNOWN',
      path: '$.user',
      detail: expect.stringContaining('PUT /v1/centres/{centre}/mapping'),
    });
    expect(admit({ subject: null })).toMatchObject({ code: 'SUBJECT_UNKNOWN' });
    expect(admit({ subject: { a: 1 } })).toMatchObject({ code: 'SUBJECT_UNKNOWN' });
    expect(admit({ subject: '__proto__' })).toMatchObject({ code: 'SUBJECT_UNKNOWN' });
    expect(admit({}, null)).toMatchObject({ code: 'INVALID_SOURCE', path: '$.from' });
    expect(admit({ source: 'gz/other' }, null)).toMatchObject({ code: 'SUBJECT_UNKNOWN' });
  });

  it('needs no mapping where it says contract, buyer and source itself', () => {
    const own = { contract: 'c-9', buyer: 'b-9' };
    const event = admit({ source: 'gz/other', data: own }, null);
    expect(event).toMatchObject({ ...own, source: 'gz/other' });
    expect(admit({ data: { contract: 'c-9' } })).toMatchObject({
      code: 'FIELD_REQUIRED',
      path: '$.buyer',
    });
  });

  it('may not use a source or a centre that is not its key’s', () => {
    expect(admit({ source: 'hz/x' })).toMatchObject({ code: 'SOURCE_NOT_ALLOWED', path: '$.from' });
    expect(admit({}, { source: 'hz/x' })).toMatchObject({ code: 'SOURCE_NOT_ALLOWED' });
    expect(admit({ data: { centre: 'hz' } })).toMatchObject({
      code: 'CENTRE_MISMATCH',
      path: '$.centre',
    });
  });

  it('is flagged or refused where its kinds cannot be told apart, as the mapping says', () => {
    expect(admit({ kindsIncomplete: true })).toMatchObject({ kindsIncomplete: true });
    expect(admit({ kindsIncomplete: true }, { kindsIncomplete: 'refuse' })).toMatchObject({
      code: 'KINDS_INCOMPLETE',
      path: '$.response.usage',
    });
    expect(admit({}, { kindsIncomplete: 'refuse' })).toHaveProperty('kindsIncomplete', null);
  });

  it.each<[IdRule, unknown, unknown, object]>([
    ['sender-or-response', 'a', 'b', { id: 'a' }],
    ['sender-or-response', null, 'b', { id: 'b' }],
    ['sender-or-response', undefined, undefined, { code: 'INVALID_EVENT_ID', path: '$.callId' }],
    ['sender', 'a', 'b', { id: 'a' }],
    ['sender', null, 'b', { code: 'INVALID_EVENT_ID', path: '$.callId' }],
    ['response', 'a', 'b', { id: 'b' }],
    ['response', 'a', null, { code: 'INVALID_EVENT_ID', path: '$.callId' }],
  ])('by the rule %s with the ids %p and %p is %o', (...[idRule, id, responseId, expected]) => {
    expect(admit({ id, responseId }, { idRule })).toMatchObject(expected);
  });

  it('litellm#17814 told twice under other ids is one event where the response is its id', () => {
    const once = admit({ id: 'random-1' }, { idRule: 'response' });
    expect(admit({ id: 'random-2' }, { idRule: 'response' })).toEqual(once);
  });

  it('new-api#7241 takes the place of provisional counts where it names the call (R3)', () => {
    const data = { correctsId: 'call-1', revision: 1, finality: 'final' };
    expect(admit({ id: 'final-1', data }, { idRule: 'response' })).toMatchObject({
      ...{ id: 'final-1', correction: 'correct', correctsId: 'call-1', revision: 1n },
      ...{ correctsSource: 'gz/litellm', finality: 'final' },
    });
    expect(admit({ id: null, data })).toMatchObject({ code: 'INVALID_EVENT_ID' });
    expect(admit({ data: { revision: 1 } })).toMatchObject({
      ...{ code: 'INVALID_CORRECTION', path: '$.revision' },
    });
  });

  it.each([
    [{ time: null }, 'INVALID_TIME', '$.at'],
    [{ time: 1_780_000_000 }, 'INVALID_TIME', '$.at'],
    [{ model: null }, 'MODEL_REQUIRED', '$.response.model'],
    [{ kinds: { cache_write: 2n * 10n ** 18n } }, 'QUANTITY_LIMIT', '$.response.usage'],
    [{ data: { metadata: { deep: {} } } }, 'METADATA_LIMIT', '$.metadata.deep'],
    [{ data: { metadata: 1 } }, 'METADATA_LIMIT', '$.metadata'],
    [{ extensions: { Bad: 'x' } }, 'INVALID_EXTENSION', '$.Bad'],
  ] as const)('%o is refused as %s at %s, in the words of its own body', (change, code, path) => {
    expect(admit(change)).toMatchObject({ code, path });
  });

  it('refuses a field that is none of ours', () => {
    const data = { tokenz: 1 } as ForeignCall['data'];
    expect(admit({ data })).toMatchObject({ code: 'UNKNOWN_FIELD', path: '$.tokenz' });
  });

  it('never throws, whatever its parts are', () => {
    const any = fc.oneof(fc.jsonValue(), fc.constant(undefined));
    const parts = fc.record({ id: any, responseId: any, source: any, time: any, subject: any });
    const more = fc.record({ model: any, modelServed: any, data: fc.dictionary(fc.string(), any) });
    fc.assert(
      fc.property(parts, more, fc.constantFrom(...idRules), (one, other, idRule) => {
        const admitted = admitForeign(
          { ...call, ...one, ...other },
          { ...mapping, idRule },
          sender,
        );
        expect('ok' in admitted || admitted.refused.path.startsWith('$')).toBe(true);
      }),
    );
  });

  it('R23 keeps no word of the sender in a refusal that is stored', () => {
    const refused = admit({ subject: 'Ms. Secret' });
    expect(refused).toHaveProperty('detail', expect.stringContaining('Ms. Secret'));
    const { code, path, detail } = refused as { code: string; path: string; detail: string };
    expect(JSON.stringify(withoutPayload({ code, path, detail }))).not.toContain('Secret');
  });
});
