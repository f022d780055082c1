import { describe, expect, it } from '@jest/globals';
import { formatInstant, parseInstant } from '@suanpan/calendar';
import fc from 'fast-check';
import { admitEvent, type Sender } from './admit-event.js';

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
const refused = (code: string, path: string) => expect.objectContaining({ code, path });
const accepted = (fields: object) => expect.objectContaining(fields);

describe('what a credential may claim', () => {
  it('S03 an attribute that names another tenant is refused; its own is carried', () => {
    for (const name of ['tenant', 'tenantid']) {
      expect(admit({ ...event, [name]: 'shenzhen' }, {})).toEqual(
        refused('TENANT_MISMATCH', `$.${name}`),
      );
    }
    expect(admit({ ...event, tenant: 'shantou' })).toEqual(
      accepted({ tenant: 'shantou', extensions: { tenant: 'shantou' } }),
    );
    expect(admit({ ...event, tenant: ['shantou'] })).toEqual(
      refused('TENANT_MISMATCH', '$.tenant'),
    );
  });

  it('a contract that the credential may not name is refused, one that it may is taken', () => {
    const contracts = ['contract-2', 'contract-1'];
    expect(admit(event, { contracts })).toEqual(accepted({ contract: 'contract-1' }));
    expect(admit(event, { contracts: null })).toEqual(accepted({ contract: 'contract-1' }));
    expect(admit(event, { contracts: ['contract-2'] })).toEqual(
      refused('CONTRACT_NOT_ALLOWED', '$.data.contract'),
    );
    expect(admit(event, { contracts: [] })).toEqual(
      refused('CONTRACT_NOT_ALLOWED', '$.data.contract'),
    );
  });
});

describe('B46 the late limit and the permission to backfill, to the microsecond', () => {
  const LIMIT = sender.now - 45n * DAY;
  const at = (instant: bigint) => ({ ...event, time: formatInstant(instant) });
  const tooOld = refused('TOO_OLD', '$.time');
  const own = { lateLimits: new Map([['contract-1', 90n * DAY]]) };

  it.each([
    ['one microsecond inside', LIMIT + 1n],
    ['at the limit', LIMIT],
  ])('an event %s is taken from every credential', (_name, time) => {
    expect(admit(at(time))).toEqual(accepted({ time }));
    expect(admit(at(time), { mayBackfill: true })).toEqual(accepted({ time }));
  });

  it('one microsecond beyond it only the permission helps, and leaves no hole', () => {
    expect(admit(at(LIMIT - 1n))).toEqual(tooOld);
    const backfilled = admit(at(LIMIT - 1n), { mayBackfill: true });
    expect(backfilled).toEqual(accepted({ time: LIMIT - 1n }));
  });

  it('a contract’s own limit is its limit, to the microsecond, and nobody else’s', () => {
    const limit = sender.now - 90n * DAY;
    expect(admit(at(limit), own)).toEqual(accepted({ time: limit }));
    expect(admit(at(limit - 1n), own)).toEqual(tooOld);
    const other = { ...at(LIMIT - 1n), data: { ...data, contract: 'contract-2' } };
    expect(admit(other, own)).toEqual(tooOld);
    const shorter = { lateLimits: new Map([['contract-1', DAY]]) };
    expect(admit(at(sender.now - DAY), shorter)).toEqual(accepted({}));
    expect(admit(at(sender.now - DAY - 1n), shorter)).toEqual(tooOld);
  });

  it('every event that is not ahead is taken by exactly one of the two rules', () => {
    const ages = fc.bigInt({ min: 0n, max: 400n * DAY });
    fc.assert(
      fc.property(ages, (age) => {
        const plain = 'time' in admit(at(sender.now - age));
        expect(plain).toBe(age <= 45n * DAY);
        expect('time' in admit(at(sender.now - age), { mayBackfill: true })).toBe(true);
      }),
    );
  });
});
