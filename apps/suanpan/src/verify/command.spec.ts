import { describe, expect, it } from '@jest/globals';

import { verifyCommand } from './command.js';

/** The options as the command reads them, without running it. */
const optionsOf = (args: readonly string[]): Record<string, unknown> => {
  const command = verifyCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.parseOptions([...args]);
  return command.opts();
};

describe('verify --wait', () => {
  it.each([
    [[], 60],
    [['--wait', '0'], 0],
    [['--wait', '2.5'], 2.5],
  ])('%j is %s seconds', (args, seconds) => {
    expect(optionsOf(args)['wait']).toBe(seconds);
  });

  it.each(['abc', '-1', '', 'Infinity', '5s'])('refuses "%s"', (text) => {
    expect(() => optionsOf([`--wait=${text}`])).toThrow('It is a number of seconds, 0 or more.');
  });
});
