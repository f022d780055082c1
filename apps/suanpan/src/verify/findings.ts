/**
 * What a check found: how much it looked at, and what was wrong.
 *
 * Shape       a check belongs to an invariant (I1 … I10) and to a layer, the place where a fault lies.
 */
export type Layer =
  | 'senders'
  | 'log'
  | 'log copy'
  | 'calls'
  | 'corrections'
  | 'buckets'
  | 'invoice'
  | 'split'
  | 'statement'
  | 'journal'
  | 'streams'
  | 'tenants';

export interface Check {
  readonly invariant: string;
  readonly layer: Layer;
  readonly what: string;
}

export interface Finding extends Check {
  readonly checked: number;
  readonly violations: number;
  /** The first few, in words that name the row. */
  readonly examples: readonly string[];
}

const EXAMPLES_MAX = 5;

/** Counts what one check sees. */
export class Tally {
  private checked = 0;
  private violations = 0;
  private readonly examples: string[] = [];

  constructor(private readonly check: Check) {}

  /** One thing was looked at; `fault` is null when it holds. */
  see(fault: string | null, count = 1): void {
    this.checked += count;
    if (fault !== null) this.violate(fault);
  }

  /** Something is wrong that is no row of its own, such as a row that is missing. */
  violate(fault: string): void {
    this.violations += 1;
    if (this.examples.length < EXAMPLES_MAX) this.examples.push(fault);
  }

  /** Equal, or both texts in the fault. */
  equal(name: string, expected: unknown, found: unknown): void {
    const [left, right] = [String(expected), String(found)];
    this.see(left === right ? null : `${name}: expected ${left}, found ${right}`);
  }

  finding(): Finding {
    return {
      ...this.check,
      checked: this.checked,
      violations: this.violations,
      examples: this.examples,
    };
  }
}

export const isClean = (findings: readonly Finding[]): boolean =>
  findings.every(({ violations }) => violations === 0);
