/**
 * What was read from the database, remembered for less than a second: a change is seen within it in
 * every process, and a busy door does not ask again for each request.
 *
 * Units       milliseconds
 * Source      reliability rows B49, S15
 */
const REMEMBERED_MS = 500;
const REMEMBERED_MAX = 10_000;

export class Remembered<T> {
  readonly #known = new Map<string, { readonly at: number; readonly value: Promise<T> }>();

  constructor(private readonly load: (key: readonly string[]) => Promise<T>) {}

  get(...key: readonly string[]): Promise<T> {
    const id = JSON.stringify(key);
    const known = this.#known.get(id);
    const now = performance.now();
    if (known !== undefined && now - known.at < REMEMBERED_MS) return known.value;
    if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
    const value = this.load(key);
    this.#known.set(id, { at: now, value });
    value.catch(() => this.#known.delete(id));
    return value;
  }

  forget(...key: readonly string[]): void {
    this.#known.delete(JSON.stringify(key));
  }
}
