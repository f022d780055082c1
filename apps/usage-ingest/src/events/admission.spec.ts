import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import { decode } from '@suanpan/messages';
import { admitEvent } from '@suanpan/usage';
import type { Sender } from '@suanpan/usage';
import { Admission } from './admission.js';
import type { Item } from './item.js';

const sender = (): Sender => ({
  tenant: 'shantou',
  sources: ['/c/1'],
  centre: 'centre-shantou',
  isActive: () => true,
  now: parseInstant('2026-05-20T12:00:00Z'),
  lateLimit: 86_400_000_000n,
});

const item = (index: number): Item => {
  const value = {
    specversion: '1.0',
    type: 'suanpan.usage.v1',
    source: '/c/1',
    id: `e-${index}`,
    time: '2026-05-20T11:59:00Z',
    data: {
      ...{ contract: 'c-1', buyer: 'b-1', centre: 'centre-shantou', model: 'm-chat' },
      tokens: { input: 100 },
    },
  };
  const raw = Buffer.from(JSON.stringify(value));
  return { index, raw, value, unreadable: null, deep: false };
};

describe('what is admitted', () => {
  it('B61 R12 says by which credential it came, and pays for no header', () => {
    const origin = {
      ...{ tenant: 'shantou', centre: 'centre-shantou' },
      ...{ credential: 'k-1', requestId: 'r-1' },
    };
    const admission = new Admission({ sender, judge: admitEvent, origin });
    for (const index of [0, 1]) admission.take(item(index));
    const events = admission.records.map(({ value }) => decode(value).value);
    expect(events).toMatchObject([{ sentBy: 'k-1' }, { sentBy: 'k-1' }]);
    expect(admission.records.map(({ headers }) => headers)).toEqual([undefined, undefined]);
  });
});
