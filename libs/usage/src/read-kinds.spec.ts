import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { admitEvent } from './admit-event.js';

const sender = {
  ...{ tenant: 'shantou', sources: ['gateway-1'], centre: 'gz', isActive: () => true },
  ...{ now: parseInstant('2026-05-20T12:00:00Z'), lateLimit: 1_000_000_000n },
};

/** What is said of an event with these details of its prompt. */
const flagOf = (details: object, more: object = {}): boolean | null => {
  const usage = { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: details };
  const admitted = admitEvent(
    {
      ...{ specversion: '1.0', type: 'suanpan.usage.v1', source: 'gateway-1', id: 'call-1' },
      time: '2026-05-20T11:59:00Z',
      data: { contract: 'c', buyer: 'b', centre: 'gz', model: 'm', usage, ...more },
    },
    sender,
  );
  if ('refused' in admitted) throw new Error(admitted.refused.detail);
  return admitted.ok.kindsIncomplete;
};

describe('a usage whose cached tokens may be audio or image tokens too', () => {
  it.each(['audio_tokens', 'image_tokens'])('is flagged with %s', (name) => {
    expect(flagOf({ cached_tokens: 4, [name]: 3 })).toBe(true);
    expect(flagOf({ cached_tokens: 0, [name]: 3 })).toBeNull();
    expect(flagOf({ cached_tokens: 4, [name]: 0 })).toBeNull();
  });

  it('is as its sender says, where it says whether the counts are apart', () => {
    const details = { cached_tokens: 4, audio_tokens: 3 };
    expect(flagOf(details, { kindsIncomplete: false })).toBe(false);
    expect(flagOf(details, { kindsIncomplete: true })).toBe(true);
  });
});
