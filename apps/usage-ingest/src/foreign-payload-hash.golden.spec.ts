import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { payloadHash } from '@suanpan/messages';
import { admitForeign, meterCall, readGenAi, subjectAttributes } from '@suanpan/usage';
import type { Admitted, AttributeValue, DoorMapping, Sender } from '@suanpan/usage';

const sender: Sender = {
  ...{ tenant: 'shantou', sources: null, centre: 'gz', isActive: () => true },
  now: parseInstant('2026-06-30T00:00:00Z'),
  lateLimit: 45n * 86_400_000_000n,
};
const mapping: DoorMapping = {
  ...{ source: 'gz/vllm-1', fallback: null, idRule: 'sender-or-response', kindsIncomplete: 'flag' },
  subjects: new Map([['key-7', { contract: 'contract-shenzhen', buyer: 'buyer-shenzhen' }]]),
  subjectAttributes,
};

const attributes: Readonly<Record<string, AttributeValue>> = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'deepseek',
  'gen_ai.request.model': 'm-chat',
  'gen_ai.response.id': 'r-1',
  'gen_ai.usage.input_tokens': 10_000n,
  'gen_ai.usage.cache_read.input_tokens': 9_000n,
  'gen_ai.usage.output_tokens': 500n,
  'user.id': 'key-7',
};

const ofSpan = (): Admitted => {
  const reading = readGenAi({
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    startNanos: 1_781_517_600_000_000_000n,
    endNanos: 1_781_517_601_234_567_890n,
    failed: false,
    attributes: new Map(Object.entries(attributes)),
    resource: new Map(),
    repeated: null,
  });
  if ('call' in reading) return admitForeign(reading.call, mapping, sender);
  throw new Error('The span is no call.');
};

const ofLiteLlm = (): Admitted => {
  const read = meterCall({
    ...{ specversion: '1.0', type: 'litellm_tokens', source: 'litellm-proxy', id: 'chatcmpl-1' },
    ...{ time: '2026-06-15T10:00:00.5+00:00', subject: 'key-7' },
    data: { model: 'm-chat', cost: 0.1, prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  });
  return 'call' in read ? admitForeign(read.call, mapping, sender) : read;
};

/** Never to be changed: a hash of version 1 is what tells a duplicate from a conflict for ever. */
const GOLDEN: readonly (readonly [what: string, admit: () => Admitted, hash: string])[] = [
  ['a GenAI span', ofSpan, '61d0d3ba18cfeb38e0b174c71bcb8557a04f2d64504d9fc64601bcc65061fe5e'],
  [
    'an event of LiteLLM',
    ofLiteLlm,
    '0c6055d488910931afe7709f0c2a87f95deb8c9245041ba24dc4c766aad7518a',
  ],
];

describe('R9 the payload hash', () => {
  it.each(GOLDEN)('of %s is the same for ever', (_, admit, hash) => {
    const admitted = admit();
    expect(admitted).toHaveProperty('ok');
    if ('ok' in admitted) expect(payloadHash(admitted.ok).toString('hex')).toBe(hash);
  });
});
