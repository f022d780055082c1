import { describe, expect, it } from '@jest/globals';
import { inputsOf } from './fuzz-counts.js';

describe('the inputs of the fuzz suites', () => {
  it('are those of the tests that passed and say a count', () => {
    const tests = [
      {
        title: 'for lines answers or refuses each of 3334 changed ones (seed 1)',
        status: 'passed',
      },
      { title: 'is a known code: 20000 inputs over 7 dialects', status: 'passed' },
      { title: 'answers or refuses each of 500 changed ones', status: 'failed' },
      { title: 'reads them as they are meant, unchanged', status: 'passed' },
    ];
    expect(inputsOf(tests)).toBe(23_334);
    expect(inputsOf([])).toBe(0);
  });
});
