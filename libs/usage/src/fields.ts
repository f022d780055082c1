/**
 * Reads the fields of one JSON object of an event.
 *
 * Owns        types, lists and unknown keys. What the fields mean together is ./admit-event.
 * Invariant   an object is read by its own keys only; a null is an absent field.
 * Rejections  UNKNOWN_FIELD, FORBIDDEN_KEY, INVALID_TEXT, INVALID_VALUE, INVALID_COUNTRY,
 *             those of ./text and ./quantity
 * Source      reliability.md B18, B19; ruling R20
 */
import { quantityOf } from './quantity.js';
import { shown, step, type Findings, type RefusalCode } from './refusals.js';
import { textProblem } from './text.js';

export type JsonObject = Readonly<Record<string, unknown>>;

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);
const COUNTRY = /^[A-Z]{2}$/;

export const isForbidden = (key: string): boolean => forbidden.has(key);

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export class Fields {
  constructor(
    private readonly object: JsonObject,
    private readonly path: string,
    readonly findings: Findings,
  ) {}

  /** The object itself and where it stands. */
  get whole(): JsonObject {
    return this.object;
  }

  get place(): string {
    return this.path;
  }

  /** The fields of an object in a list; of an empty one where there is none. */
  item(name: string, index: number): Fields {
    const list = this.object[name];
    const value: unknown = Array.isArray(list) ? list[index] : undefined;
    return new Fields(
      isJsonObject(value) ? value : {},
      `${step(this.path, name)}[${index}]`,
      this.findings,
    );
  }

  /** Refuses the first key that is not on the list. */
  only(known: ReadonlySet<string>): void {
    for (const key of Object.keys(this.object)) {
      if (known.has(key)) continue;
      const code = isForbidden(key) ? 'FORBIDDEN_KEY' : 'UNKNOWN_FIELD';
      return this.refuse(code, key, `${shown(key)} is no field of the event type.`);
    }
  }

  refuse(code: RefusalCode, name: string, detail: string): void {
    this.findings.refuse(code, step(this.path, name), detail);
  }

  raw(name: string): unknown {
    return this.object[name];
  }

  has(name: string): boolean {
    const value = this.object[name];
    return value !== undefined && value !== null;
  }

  required(name: string, missing: RefusalCode = 'FIELD_REQUIRED'): string {
    if (this.has(name)) return this.text(name);
    this.refuse(missing, name, `${name} is missing.`);
    return '';
  }

  optional(name: string): string | null {
    return this.has(name) ? this.text(name) : null;
  }

  private text(name: string): string {
    const value = this.object[name];
    const problem = textProblem(value, 'INVALID_TEXT');
    if (problem === null) return value as string;
    this.refuse(problem.code, name, problem.detail);
    return '';
  }

  country(name: string): string | null {
    const value = this.optional(name);
    if (value !== null && !COUNTRY.test(value)) {
      this.refuse('INVALID_COUNTRY', name, `${shown(value)} is no ISO 3166-1 alpha-2 code.`);
    }
    return value;
  }

  oneOf(name: string, list: readonly string[]): string | null {
    const value = this.optional(name);
    if (value !== null && !list.includes(value)) {
      this.refuse('INVALID_VALUE', name, `${shown(value)} is none of ${list.join(', ')}.`);
    }
    return value;
  }

  quantity(name: string): bigint | null {
    if (!this.has(name)) return null;
    const quantity = quantityOf(this.object[name]);
    if (typeof quantity === 'bigint') return quantity;
    this.refuse(quantity.code, name, quantity.detail);
    return null;
  }

  /** A count whose absence is a zero. */
  count(name: string): bigint {
    return this.quantity(name) ?? 0n;
  }

  requiredCount(name: string): bigint {
    if (!this.has(name)) this.refuse('FIELD_REQUIRED', name, `${name} is missing.`);
    return this.count(name);
  }

  boolean(name: string): boolean | null {
    if (!this.has(name)) return null;
    const value = this.object[name];
    if (typeof value === 'boolean') return value;
    this.refuse('INVALID_VALUE', name, `${shown(value)} is neither true nor false.`);
    return null;
  }

  /** The fields of an inner object; of an empty one where there is none. */
  inner(name: string, code: RefusalCode = 'INVALID_VALUE'): Fields {
    const value = this.object[name];
    if (this.has(name) && !isJsonObject(value)) {
      this.refuse(code, name, `${shown(value)} is no object.`);
    }
    return new Fields(isJsonObject(value) ? value : {}, step(this.path, name), this.findings);
  }
}
