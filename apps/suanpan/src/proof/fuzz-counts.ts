/** How many inputs the fuzz suites have run: their tests say it in their titles. */

export interface FuzzTest {
  readonly title: string;
  readonly status: string;
}

const COUNTED = /(\d+) (?:inputs|changed ones)/;

/** Of the tests that passed; one that failed has stopped somewhere. */
export const inputsOf = (tests: readonly FuzzTest[]): number =>
  tests
    .filter(({ status }) => status === 'passed')
    .reduce((sum, { title }) => sum + Number(COUNTED.exec(title)?.[1] ?? 0), 0);
