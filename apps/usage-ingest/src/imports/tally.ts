/**
 * What an import has come to so far, in exact numbers.
 *
 * Units       tokens as bigint, as strings of digits on wire and in rows
 * Invariant   what was counted before a crash and what is counted after it add up. The number of
 *             models is bounded: beyond it they are counted together.
 */
export interface StoredTally {
  readonly refusedByCode: Readonly<Record<string, number>>;
  readonly tokens: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface CountedCall {
  readonly modelOrdered: string;
  readonly kinds: Readonly<Record<string, bigint>>;
}

const MODELS_MAX = 1_000;
export const OTHER_MODELS = '(other models)';

export class Tally {
  #refused = new Map<string, number>();
  #tokens = new Map<string, Map<string, bigint>>();

  constructor(stored: StoredTally = { refusedByCode: {}, tokens: {} }) {
    for (const [code, count] of Object.entries(stored.refusedByCode)) {
      this.#refused.set(code, count);
    }
    for (const [model, kinds] of Object.entries(stored.tokens)) {
      const counts = Object.entries(kinds).map(([kind, text]) => [kind, BigInt(text)] as const);
      this.#tokens.set(model, new Map(counts));
    }
  }

  accept({ modelOrdered, kinds }: CountedCall): void {
    const fits = this.#tokens.has(modelOrdered) || this.#tokens.size < MODELS_MAX;
    const model = fits ? modelOrdered : OTHER_MODELS;
    const counts = this.#tokens.get(model) ?? new Map<string, bigint>();
    this.#tokens.set(model, counts);
    for (const [kind, count] of Object.entries(kinds)) {
      counts.set(kind, (counts.get(kind) ?? 0n) + count);
    }
  }

  refuse(code: string): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  /** Takes over another's counts, once they are stored. */
  become(other: Tally): void {
    this.#refused = other.#refused;
    this.#tokens = other.#tokens;
  }

  toStored(): StoredTally {
    const tokens = [...this.#tokens].map(([model, counts]): [string, Record<string, string>] => [
      model,
      Object.fromEntries([...counts].map(([kind, count]) => [kind, count.toString()])),
    ]);
    return {
      refusedByCode: Object.fromEntries(this.#refused),
      tokens: Object.fromEntries(tokens),
    };
  }
}
