import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCorner } from '../../test/running-service.js';
import type { Answer, Corner, ServiceProcess } from '../../test/running-service.js';

let corner: Corner;
let service: ServiceProcess;

beforeAll(async () => {
  corner = await openCorner();
  service = await corner.start();
}, 180_000);
afterAll(async () => {
  await corner.dispose();
}, 60_000);

const at = (centre: string): string => `/v1/centres/${centre}/mapping`;
const put = (centre: string, body: object, key = corner.operatorKey): Promise<Answer> =>
  service.ask(at(centre), { method: 'PUT', key, body: JSON.stringify(body) });
const get = (centre: string, key = corner.operatorKey): Promise<Answer> =>
  service.ask(at(centre), { method: 'GET', key });

const bintang = { contract: 'contract-shenzhen', buyer: 'buyer-shenzhen' };
const mapping = { source: 'gz/litellm', subjects: { 'key-7': bintang } };
const whole = {
  ...mapping,
  ...{ fallback: null, idRule: 'sender-or-response', kindsIncomplete: 'flag', dialects: {} },
  subjectAttributes: ['suanpan.subject', 'user.id', 'enduser.id'],
};

describe('R22 the mapping of a centre', () => {
  it('is written by the operator and seen by the centre, with what it left unsaid', async () => {
    expect((await get('gz')).status).toBe(404);
    expect(await put('gz', mapping)).toMatchObject({ status: 200, body: whole });
    expect(await get('gz')).toMatchObject({ status: 200, body: whole });
    expect(await get('gz', corner.centreKey)).toMatchObject({ status: 200, body: whole });
    const replaced = { ...whole, subjects: {}, fallback: bintang, idRule: 'response' };
    await put('gz', replaced);
    expect((await get('gz')).body).toEqual(replaced);
  });

  it('S05 is not written by the centre, and another’s is not seen', async () => {
    await corner.putCentre('shantou', 'hz', 'active');
    await put('hz', mapping);
    expect((await put('gz', mapping, corner.centreKey)).status).toBe(403);
    const others = await get('hz', corner.centreKey);
    const absent = await get('nowhere', corner.centreKey);
    expect([others.status, others.body['detail']]).toEqual([404, absent.body['detail']]);
  });

  it('I10 of another tenant is not seen', async () => {
    const apiKey = await corner.keyOf('other', null);
    await put('gz', mapping);
    expect((await get('gz', apiKey)).status).toBe(404);
    expect((await put('gz', mapping, apiKey)).status).toBe(404);
  });

  it.each([
    ['an unknown field', { ...mapping, contract: 'c' }, 'UNKNOWN_FIELD'],
    ['no source', { subjects: {} }, 'MISSING_FIELD'],
    ['a rule that does not exist', { ...mapping, idRule: 'random' }, 'INVALID_VALUE'],
    ['half an account', { ...mapping, fallback: { contract: 'c' } }, 'MISSING_FIELD'],
    [
      'a subject that no event can have',
      { ...mapping, subjects: { 'e\u0301': bintang } },
      'INVALID_VALUE',
    ],
    [
      'a subject of 257 characters',
      { ...mapping, subjects: { ['x'.repeat(257)]: bintang } },
      'INVALID_VALUE',
    ],
  ])('with %s is refused', async (...[, body, code]) => {
    const answer = await put('gz', body);
    expect([answer.status, answer.body['code']]).toEqual([422, code]);
  });

  it('B19 with __proto__ as a subject is refused', async () => {
    const body = `{"source":"gz/litellm","subjects":{"__proto__":${JSON.stringify(bintang)}}}`;
    const answer = await service.ask(at('gz'), { method: 'PUT', key: corner.operatorKey, body });
    expect([answer.status, answer.body['code']]).toEqual([400, 'FORBIDDEN_KEY']);
  });

  it('of a centre that is not in the directory is not found', async () => {
    expect((await put('nowhere', mapping)).status).toBe(404);
  });
});
