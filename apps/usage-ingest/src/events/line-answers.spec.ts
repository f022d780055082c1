import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientGone } from '@suanpan/platform-http';
import { LineAnswers } from './line-answers.js';
import type { LineAnswer } from './line-answers.js';

const ANSWERS_MAX = 200;
const answer: LineAnswer = { line: 1, id: 'i'.repeat(100_000), status: 'refused', code: 'X' };

let server: Server;
let outcome: Promise<unknown>;

beforeAll(async () => {
  server = createServer((_request, response) => {
    const answers = new LineAnswers(response, 300);
    outcome = (async () => {
      for (let count = 0; count < ANSWERS_MAX; count += 1) await answers.write([answer]);
      answers.end({ accepted: 0, refused: ANSWERS_MAX, lastLine: ANSWERS_MAX, retryFrom: null });
      return 'ended';
    })().catch((error: unknown) => error);
  }).listen(0);
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const open = async () => {
  const request = get({ port: (server.address() as AddressInfo).port });
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  return { request, response };
};

describe('R19 the answers of a stream', () => {
  it('all reach a client that reads them', async () => {
    const { response } = await open();
    let text = '';
    for await (const piece of response) text += String(piece);
    expect(await outcome).toBe('ended');
    const lines = text.trim().split('\n');
    expect(lines).toHaveLength(ANSWERS_MAX + 1);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ lastLine: ANSWERS_MAX });
  });

  it('are cut when the client does not read them', async () => {
    const { request } = await open();
    expect(await outcome).toBeInstanceOf(ClientGone);
    request.destroy();
  });
});
