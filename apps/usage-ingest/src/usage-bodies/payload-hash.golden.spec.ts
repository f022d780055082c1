import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { payloadHash } from '@suanpan/messages';
import { admitEvent, builtInDialects } from '@suanpan/usage';
import type { Admitted, Dialect, DoorMapping, Sender } from '@suanpan/usage';
import { bodyOf } from '../../test/provider-bodies.js';
import { dialectJudge } from './dialect-judge.js';
import { fromWireItem } from './envelopes.js';

const sender: Sender = {
  ...{ tenant: 'shantou', sources: ['gz/vllm-1'], centre: 'gz', isActive: () => true },
  now: parseInstant('2026-06-30T00:00:00Z'),
  lateLimit: 45n * 86_400_000_000n,
};
const mapping: DoorMapping = {
  ...{ source: 'gz/vllm-1', fallback: null, idRule: 'sender-or-response', kindsIncomplete: 'flag' },
  subjectAttributes: [],
  subjects: new Map([['key-7', { contract: 'contract-shenzhen', buyer: 'buyer-shenzhen' }]]),
};
const envelope = { id: 'call-1', time: '2026-06-15T10:00:00Z', subject: 'key-7', model: 'm-chat' };

const admit = (name: string): Admitted => {
  const judge = dialectJudge(builtInDialects.get(name) as Dialect, mapping, fromWireItem);
  return judge({ ...envelope, response: bodyOf(name) }, sender);
};

/** Never to be changed: a hash of version 1 is what tells a duplicate from a conflict for ever. */
const GOLDEN: readonly (readonly [dialect: string, hash: string])[] = [
  ['openai-chat', '5939ae036fdfc8f2d13ff3be0ec858301f186c27987fb1ecfe3b1e7f15e814f2'],
  ['openai-responses', 'e86b3aeb33af95d272d7785ba7fdcc8bdfd8a6603dce49c6720d9aaa504b9086'],
  ['anthropic', '5d5453a5646bba735a5b84e2ad5674385fc0584a4aabe4dde13c35995b54882f'],
  ['deepseek', '0770f80bbf0da2ae000960204769389edaa05ffbde7266979d30fec454d5a7a6'],
  ['qwen', 'e876d89d194e7bc8d7b0ceb6027c1d5bd885223fdb6bf909791ce6f6f9d90430'],
  ['gemini', 'a096422522b77e0e6c48a0d5824e0afad08c99529f4864915a68573d731a48b5'],
];

describe('R9 the payload hash of a body in each dialect', () => {
  it.each(GOLDEN)('of %s is %s', (name, hash) => {
    const admitted = admit(name);
    expect(admitted).toHaveProperty('ok');
    if ('ok' in admitted) expect(payloadHash(admitted.ok).toString('hex')).toBe(hash);
  });

  it('covers every built-in dialect', () => {
    expect(GOLDEN.map(([name]) => name)).toEqual([...builtInDialects.keys()]);
  });

  it('is that of the same call sent as an event of our own', () => {
    const told = admit('openai-chat');
    const own = admitEvent(
      {
        ...{ specversion: '1.0', type: 'suanpan.usage.v1', source: 'gz/vllm-1', id: 'call-1' },
        ...{ time: '2026-06-15T10:00:00Z', subject: 'key-7' },
        data: {
          ...{ contract: 'contract-shenzhen', buyer: 'buyer-shenzhen', centre: 'gz' },
          ...{ model: 'm-chat', modelServed: 'gpt-5.2-2025-12-11' },
          ...{ outcome: 'complete', finality: 'final', serviceTier: 'default' },
          tokens: { input: 2_000, output: 300, reasoning: 200 },
        },
      },
      sender,
    );
    expect([told, own].map((one) => 'ok' in one && payloadHash(one.ok).toString('hex'))[0]).toBe(
      'ok' in own && payloadHash(own.ok).toString('hex'),
    );
  });
});
