import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@suanpan/calendar';
import type { TimeWindow } from './time-window.js';
import { weekPlan, windowNameAt } from './time-window.js';

const ALL_DAYS = [1, 2, 3, 4, 5, 6, 7];
const night = (weekdays: readonly number[]): TimeWindow => ({
  ...{ name: 'night', weekdays, from: '22:00', until: '06:00' },
});
const at = (windows: readonly TimeWindow[], zone: string, time: string): string =>
  windowNameAt(weekPlan(windows), zone, parseInstant(time));

describe('a price by the clock', () => {
  it('DeepSeek’s off-peak of 16:30 to 00:30 UTC runs over midnight, half-open', () => {
    const offPeak = [{ name: 'off-peak', weekdays: ALL_DAYS, from: '16:30', until: '00:30' }];
    const times = ['16:29:59.999999', '16:30:00', '23:59:59', '00:29:59.999999', '00:30:00'];
    expect(times.map((time) => at(offPeak, 'UTC', `2026-05-10T${time}Z`))).toEqual([
      '',
      'off-peak',
      'off-peak',
      'off-peak',
      '',
    ]);
  });

  it('a window over midnight belongs to the weekday on which it starts', () => {
    const friday = [night([5])];
    expect(at(friday, 'UTC', '2026-05-08T05:00:00Z')).toBe('');
    expect(at(friday, 'UTC', '2026-05-08T23:00:00Z')).toBe('night');
    expect(at(friday, 'UTC', '2026-05-09T05:59:59Z')).toBe('night');
    expect(at(friday, 'UTC', '2026-05-09T23:00:00Z')).toBe('');
  });

  it('over the end of the week goes on into Monday', () => {
    expect(at([night([7])], 'UTC', '2026-05-11T01:00:00Z')).toBe('night');
  });

  it('goes by the clock on the wall of its zone', () => {
    expect(at([night(ALL_DAYS)], 'Asia/Shanghai', '2026-05-10T14:00:00Z')).toBe('night');
    expect(at([night(ALL_DAYS)], 'UTC', '2026-05-10T14:00:00Z')).toBe('');
  });

  it('an hour that comes twice is in its window twice', () => {
    const early = [{ name: 'early', weekdays: [7], from: '02:00', until: '03:00' }];
    const times = ['2026-10-24T23:30:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'];
    expect(times.map((time) => at(early, 'Europe/Berlin', time))).toEqual(['', 'early', 'early']);
  });

  it('before 1970 and in a whole day too', () => {
    const sunday = [{ name: 'sunday', weekdays: [7], from: '00:00', until: '24:00' }];
    expect(at(sunday, 'UTC', '2026-05-10T00:00:00Z')).toBe('sunday');
    expect(at(sunday, 'UTC', '2026-05-11T00:00:00Z')).toBe('');
    expect(windowNameAt(weekPlan(sunday), 'UTC', -4n * 86_400_000_000n)).toBe('sunday');
  });

  const window = (changes: Partial<TimeWindow>): TimeWindow => ({ ...night([1]), ...changes });

  it.each([
    ['a time of 25:00', [window({ from: '25:00' })], 'INVALID_WINDOW'],
    ['a start of 24:00', [window({ from: '24:00' })], 'INVALID_WINDOW'],
    ['no weekday', [window({ weekdays: [] })], 'INVALID_WINDOW'],
    ['weekday 8', [window({ weekdays: [8] })], 'INVALID_WINDOW'],
    ['a weekday twice', [window({ weekdays: [1, 1] })], 'INVALID_WINDOW'],
    ['no name', [window({ name: '' })], 'INVALID_WINDOW'],
    ['one name twice', [window({}), window({ weekdays: [3] })], 'DUPLICATE_WINDOW'],
    [
      'a shared hour',
      [window({}), window({ name: 'late', weekdays: [2], from: '05:00', until: '07:00' })],
      'WINDOWS_OVERLAP',
    ],
    [
      'a shared hour over the week',
      [night([7]), window({ name: 'x', from: '00:00', until: '01:00' })],
      'WINDOWS_OVERLAP',
    ],
  ])('%s is refused', (_name, windows, code) => {
    expect(() => weekPlan(windows)).toThrow(expect.objectContaining({ code }));
  });
});
