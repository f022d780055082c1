import { describe, expect, it } from '@jest/globals';
import type { Logger } from './logger.js';
import { createLogger, nestLogger } from './logger.js';

const listening = (): { logger: Logger; lines: string[] } => {
  const lines: string[] = [];
  const logger = createLogger({
    service: 'test',
    level: 'trace',
    write: (line) => lines.push(line),
  });
  return { logger, lines };
};

/** Line ends, ANSI, C1 controls, bidirectional overrides: what a sender may put into an id. */
const HOSTILE = 'id\r\n{"level":"info","msg":"forged"}\u001b[2J\u009b2J\u2028\u202edesrever\u0085';

describe('a log entry', () => {
  it('S35 is one line of JSON whatever a sender put into an id', () => {
    const { logger, lines } = listening();
    logger.info({ eventId: HOSTILE }, HOSTILE);
    expect(lines).toHaveLength(1);
    const [line = ''] = lines;
    expect(line.trimEnd()).toMatch(/^[\u0020-\u007e]*$/);
    expect(JSON.parse(line)).toMatchObject({
      level: 'info',
      service: 'test',
      eventId: HOSTILE,
      msg: HOSTILE,
    });
  });

  it('S36 holds no secret and no payload', () => {
    const { logger, lines } = listening();
    const secret = 'CANARY-4713';
    logger.warn({
      authorization: secret,
      request: { headers: { authorization: secret, cookie: secret }, body: secret },
      config: { password: secret, vaultKey: secret, apiKey: secret },
      message: { value: secret },
    });
    expect(lines.join('')).not.toContain(secret);
    expect(lines.join('')).toContain('[cut]');
  });

  it('has ISO time and a readable level', () => {
    const { logger, lines } = listening();
    logger.error('x');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
  });
});

describe('Nest’s logger', () => {
  it('writes Nest’s words through the same lines, with their context', () => {
    const { logger, lines } = listening();
    const nest = nestLogger(logger);
    nest.log('Started', 'NestFactory');
    nest.error(new Error('broken'), 'stack', 'Injector');
    nest.warn('careful');
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries[0]).toMatchObject({ level: 'info', context: 'NestFactory', msg: 'Started' });
    expect(entries[1]).toMatchObject({ level: 'error', msg: 'broken' });
    expect(entries[2]).toMatchObject({ level: 'warn', msg: 'careful' });
  });
});
