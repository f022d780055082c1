/**
 * Walks a parsed value once: how many members it has, and that none of them reaches a prototype.
 *
 * Invariant   the caller has bounded the depth.
 * Rejections  FORBIDDEN_KEY
 * Source      reliability row B19
 */
import { Malformed } from '@suanpan/event-sourcing';
import { isForbiddenKey } from '@suanpan/platform-http';

/** `__proto__` and `prototype` have 9 characters, `constructor` has 11: most keys are not looked up. */
const mayBeForbidden = (key: string): boolean => key.length === 9 || key.length === 11;

/** The members of all objects within `value`. */
export const countMembers = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) members += countMembers(item);
    return members;
  }
  const object = value as Readonly<Record<string, unknown>>;
  for (const key in object) {
    members += 1;
    if (mayBeForbidden(key) && isForbiddenKey(key)) {
      throw new Malformed('FORBIDDEN_KEY', `The key ${key} is refused.`);
    }
    const inner = object[key];
    if (typeof inner === 'object') members += countMembers(inner);
  }
  return members;
};
