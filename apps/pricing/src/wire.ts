/**
 * What all doors of pricing read and refuse alike.
 *
 * Source      ruling R20: 400 is not a command, 422 a value that is refused, 409 a state conflict
 */
import { Malformed, Rejection } from '@suanpan/event-sourcing';
import { parseInstant } from '@suanpan/calendar';
import { isUnstorable, valueRefused } from '@suanpan/platform-http';
import { z } from 'zod';

const NAME_LENGTH_MAX = 200;

/** An id or a name: not empty, storable, without blanks around it. */
export const name = z
  .string()
  .min(1)
  .max(NAME_LENGTH_MAX)
  .refine((text) => text.trim() === text, 'Blanks around a name are refused.')
  .refine((text) => !isUnstorable(text), 'The text cannot be stored.');

export const periodId = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'A period is a month: 2026-05.');

/** Reads an instant of a command; a bad one is a refused value. */
export const fromWireInstant = (path: string, text: string): bigint => {
  try {
    return parseInstant(text);
  } catch (error) {
    if (error instanceof Malformed) throw valueRefused(error.code, path, error.message);
    throw error;
  }
};

/** Which rejections say that a value is refused, and at which path; all others are conflicts. */
export type RefusedValues = Readonly<Record<string, string>>;

/** Runs a command; a refusal of one of its values answers 422 with the path. */
export const refusing = async <T>(paths: RefusedValues, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Rejection || error instanceof Malformed) {
      const path = paths[error.code];
      if (path !== undefined) throw valueRefused(error.code, path, error.message);
    }
    throw error;
  }
};
