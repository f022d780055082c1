import { describe, expect, it } from '@jest/globals';
import { verdictOf } from './verdict.js';

const answer = (status: number, body: unknown, count = 2) =>
  verdictOf({ status, body: typeof body === 'string' ? body : JSON.stringify(body), count });

const problem = (status: number, code: string) => answer(status, { status, code, detail: 'why' });

describe('an answer with results', () => {
  it('says for each event what became of it', () => {
    const results = [
      { index: 0, id: 'a', status: 'accepted' },
      { index: 1, id: 'b', status: 'refused', code: 'NOT_INTEGER', path: '$.data', detail: 'no' },
      { index: 2, id: 'c', status: 'retry' },
    ];
    expect(answer(202, { results }, 3)).toEqual({
      kind: 'items',
      items: ['accepted', { code: 'NOT_INTEGER', path: '$.data', detail: 'no' }, 'retry'],
    });
  });

  it.each([
    ['no body', ''],
    ['a page of a proxy', '<html>'],
    ['no results', {}],
    ['fewer results than events', { results: [{ index: 0, status: 'accepted' }] }],
    ['more results than events', { results: [1, 2, 3] }],
  ])('that has %s means: send again', (_name, body) => {
    expect(answer(202, body)).toMatchObject({ kind: 'retry', code: 'UNREADABLE_ANSWER' });
  });

  it('never takes what it does not know for an acceptance', () => {
    const results = [{ index: 0, status: 'perhaps' }, null];
    expect(answer(202, { results })).toEqual({ kind: 'items', items: ['retry', 'retry'] });
  });
});

describe('an answer without results', () => {
  it.each([
    [408, 'REQUEST_TIMEOUT'],
    [425, 'HTTP_425'],
    [429, 'TOO_MANY_REQUESTS'],
    [500, 'INTERNAL_ERROR'],
    [502, 'BAD_GATEWAY'],
    [503, 'KAFKA_UNAVAILABLE'],
    [504, 'TIMEOUT'],
    [400, 'MALFORMED_ENCODING'],
  ])('of %d %s means: send again', (status, code) => {
    expect(problem(status, code)).toEqual({ kind: 'retry', code, detail: 'why' });
  });

  it.each([
    [413, 'PAYLOAD_TOO_LARGE'],
    [422, 'DUPLICATE_KEY'],
    [400, 'FORBIDDEN_KEY'],
  ])('of %d %s means: find the event that brought it', (status, code) => {
    expect(problem(status, code)).toEqual({
      kind: 'divide',
      refusal: { code, path: null, detail: 'why' },
    });
  });

  it.each([
    [401, 'UNAUTHENTICATED', /new key/],
    [403, 'FORBIDDEN', /Ask the operator/],
    [404, 'WRONG_ADDRESS', /Check openMeter/],
    [302, 'WRONG_ADDRESS', /Check openMeter/],
    [405, 'WRONG_ADDRESS', /Check openMeter/],
  ])('of %d means: stop, and say what to do', (status, code, what) => {
    const verdict = problem(status, 'SOME_CODE');
    expect(verdict).toMatchObject({ kind: 'stop', code });
    expect(verdict).toHaveProperty('detail', expect.stringMatching(what));
  });
});
