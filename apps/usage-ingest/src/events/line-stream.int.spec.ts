import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@suanpan/platform-testing';
import { LineClient } from '../../test/line-client.js';
import { countRecords } from '../../test/log-watch.js';
import { openCorner } from '../../test/running-service.js';
import type { Corner, ServiceProcess } from '../../test/running-service.js';
import { usageEvent, withData, withInput } from '../../test/usage-event.js';

const SILENCE_MS = 1_500;

let corner: Corner;
let service: ServiceProcess;

beforeAll(async () => {
  corner = await openCorner();
  service = await corner.start({ STREAM_SILENCE_MS: String(SILENCE_MS) });
}, 180_000);
afterAll(async () => {
  await corner.dispose();
}, 60_000);

const open = (): LineClient => new LineClient(service.url, corner.centreKey);
const recorded = async (): Promise<number> =>
  (await countRecords(corner.stack, ['usage.recorded']))['usage.recorded'] ?? 0;

describe('R19 a stream of lines', () => {
  it('answers with the lines that were not accepted, then with the sum', async () => {
    const before = await recorded();
    const client = open();
    await client.send(
      usageEvent('s1'),
      '',
      withData('s2', { tokens: { input: -1 } }),
      '{"a":',
      withInput('s4', '1.5'),
      usageEvent('s5'),
    );
    const { status, lines } = await client.end();
    expect(status).toBe(202);
    expect(lines).toEqual([
      expect.objectContaining({ line: 3, id: 's2', status: 'refused', code: 'NEGATIVE_QUANTITY' }),
      expect.objectContaining({ line: 4, id: null, status: 'refused', code: 'MALFORMED_JSON' }),
      expect.objectContaining({ line: 5, id: 's4', status: 'refused', code: 'NOT_INTEGER' }),
      { accepted: 2, refused: 3, lastLine: 6, retryFrom: null },
    ]);
    expect(await recorded()).toBe(before + 2);
  });

  it('takes the last line without a newline', async () => {
    const client = open();
    await client.sendText(JSON.stringify(usageEvent('last')));
    expect((await client.end()).lines).toEqual([
      { accepted: 1, refused: 0, lastLine: 1, retryFrom: null },
    ]);
  });

  it('is acknowledged while it lasts', async () => {
    const before = await recorded();
    const client = open();
    await client.send(usageEvent('while-1'));
    const until = performance.now() + SILENCE_MS - 300;
    let seen = await recorded();
    while (seen === before && performance.now() < until) seen = await recorded();
    expect(seen).toBe(before + 1);
    await client.end();
  });

  it('has every line recorded while it lasts, those too that come while others are on their way', async () => {
    const before = await recorded();
    const client = open();
    const names = Array.from({ length: 200 }, (_, index) => `trickle-${index}`);
    for (const name of names) await client.send(usageEvent(name));
    await until('all are in the log', async () =>
      (await recorded()) === before + names.length ? true : undefined,
    );
    const { lines } = await client.end();
    expect(lines).toEqual([
      { accepted: names.length, refused: 0, lastLine: names.length, retryFrom: null },
    ]);
  });

  it('is told of a line that was refused while it lasts', async () => {
    const client = open();
    await client.send(withData('told', { tokens: { input: -1 } }));
    expect((await client.firstLine)['code']).toBe('NEGATIVE_QUANTITY');
    await client.send(usageEvent('told-2'));
    expect((await client.end()).lines.at(-1)).toMatchObject({ accepted: 1, refused: 1 });
  });

  it('of 30,000 events is counted whole', async () => {
    const before = await recorded();
    const client = open();
    for (let chunk = 0; chunk < 30; chunk += 1) {
      const events = Array.from({ length: 1_000 }, (_, index) => usageEvent(`c${chunk}-${index}`));
      await client.send(...events);
    }
    const { lines } = await client.end();
    expect(lines).toEqual([{ accepted: 30_000, refused: 0, lastLine: 30_000, retryFrom: null }]);
    expect(await recorded()).toBe(before + 30_000);
  }, 60_000);

  it('refuses a line beyond 1 MiB alone, and holds nothing of it', async () => {
    const client = open();
    const memory = service.memory;
    await client.send(usageEvent('long-1'));
    for (let piece = 0; piece < 64; piece += 1) await client.sendText('x'.repeat(1_048_576));
    await client.send('', usageEvent('long-3'));
    const { lines } = await client.end();
    expect(lines).toEqual([
      expect.objectContaining({ line: 2, status: 'refused', code: 'EVENT_TOO_LARGE' }),
      { accepted: 2, refused: 1, lastLine: 3, retryFrom: null },
    ]);
    expect(service.memory - memory).toBeLessThan(60);
  }, 60_000);

  it('that falls silent is told where to go on', async () => {
    const client = open();
    await client.send(usageEvent('silent-1'));
    await client.sendText('{"specversion":');
    const { status, lines } = await client.answer;
    expect(status).toBe(202);
    expect(lines).toEqual([
      expect.objectContaining({
        ...{ accepted: 1, refused: 0, lastLine: 1, retryFrom: 2 },
        code: 'REQUEST_TIMEOUT',
      }),
    ]);
  });

  it('S15 B49 ends within a second of the revocation of its key', async () => {
    const key = await corner.keyOf('shantou', 'gz');
    const prefix = key.split('_')[1] ?? '';
    const client = new LineClient(service.url, key);
    await client.send(usageEvent('before-revocation'));
    await corner.stack.asSuperuser(
      `update ${corner.access}.api_key set revoked_at = now() where prefix = $1`,
      [prefix],
    );
    let isOpen = true;
    const ended = (): void => {
      isOpen = false;
    };
    client.answer.then(ended, ended);
    for (let line = 0; isOpen; line += 1) {
      await client.send(usageEvent(`after-revocation-${line}`));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const last = (await client.answer).lines.at(-1) ?? {};
    const accepted = Number(last['accepted']);
    expect(last).toMatchObject({ code: 'UNAUTHENTICATED', refused: 0, lastLine: accepted });
    expect(last['retryFrom']).toBe(accepted + 1);
    // The line before, and at most one each tenth of the second.
    expect(accepted).toBeLessThanOrEqual(11);
  });

  it('B13 that never begins is 408', async () => {
    const client = open();
    await client.sendText(' ');
    expect((await client.answer).status).toBe(408);
  });

  it('B16 without a line is 400', async () => {
    const client = open();
    const { status, lines } = await client.end();
    expect([status, lines[0]?.['code']]).toEqual([400, 'EMPTY_BATCH']);
  });
});
