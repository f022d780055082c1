import { describe, expect, it } from '@jest/globals';

import { chooseServices, type HasProgram } from './choose-services.js';

// As the services are: usage-ingest keeps no projection of a log that it could rebuild.
const built: HasProgram = (service, program) => program === 'main' || service !== 'usage-ingest';
const ALL = ['pricing', 'profit-share', 'cross-border-settlement'];

describe('the services of a replay', () => {
  it('are all that have one when none is named', () => {
    expect(chooseServices([], built)).toEqual(ALL);
  });

  it('are the named ones, each once', () => {
    expect(chooseServices(['pricing', 'pricing'], built)).toEqual(['pricing']);
  });

  it.each([['pricng'], ['usage-ingest']])(
    '%s is refused with the list of those there are',
    (name) => {
      expect(() => chooseServices(['pricing', name], built)).toThrow(
        `There is no replay of ${name}. There is one of: ${ALL.join(', ')}.`,
      );
    },
  );

  it('include what is not built, so that its absence is said and not passed over', () => {
    expect(chooseServices([], () => false)).toHaveLength(4);
  });

  it('are never none', () => {
    expect(() => chooseServices([], (_service, program) => program === 'main')).toThrow(
      'No service has a replay',
    );
  });
});
