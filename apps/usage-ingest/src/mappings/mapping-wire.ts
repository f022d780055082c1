/**
 * A mapping as it is written over HTTP and kept in its row: the same JSON.
 *
 * Source      ruling R22
 */
import {
  builtInDialects,
  idRules,
  incompleteRules,
  isPointer,
  subjectAttributes,
  tokenKinds,
} from '@suanpan/usage';
import type { DoorMapping, GenericDialect } from '@suanpan/usage';
import { z } from 'zod';

const CHARACTERS_MAX = 256;
const SUBJECTS_MAX = 10_000;
const DIALECTS_MAX = 20;
const COUNTS_MAX = 32;
const SUBJECT_ATTRIBUTES_MAX = 8;

/** A text that an event's field could hold too: another would never be met. */
const text = z
  .string()
  .min(1)
  .max(CHARACTERS_MAX)
  .refine((value) => value.normalize('NFC') === value, 'A text is in normalisation form C.');
const account = z.strictObject({ contract: text, buyer: text }).meta({ id: 'Account' });

const pointer = z
  .string()
  .refine(isPointer, 'A JSON pointer has 1 to 16 steps, each after a slash.');
const dialect = z
  .strictObject({
    counts: z
      .array(
        z.strictObject({
          ...{ kind: z.enum(tokenKinds), at: pointer },
          within: z.enum(tokenKinds).optional(),
        }),
      )
      .min(1)
      .max(COUNTS_MAX)
      .refine(
        (counts) =>
          counts.every(
            ({ kind, within }) =>
              within === undefined ||
              (within !== kind && counts.some((whole) => whole.kind === within)),
          ),
        'A count lies within another kind that is counted too.',
      ),
    ...{ total: pointer.optional(), id: pointer.optional(), model: pointer.optional() },
    ...{ time: pointer.optional(), serviceTier: pointer.optional() },
    upstreamRequestId: pointer.optional(),
    outcome: z
      .strictObject({ at: pointer, words: z.record(text, z.enum(['complete', 'cut', 'failed'])) })
      .optional(),
  })
  .meta({ id: 'GenericDialect' });
const dialectName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'A dialect’s name is 1 to 64 of a-z, 0-9 and dash.')
  .refine((name) => !builtInDialects.has(name), 'The name is one of the built-in dialects.');

export const mappingBody = z
  .strictObject({
    source: text,
    subjects: z
      .record(text, account)
      .refine(
        (subjects) => Object.keys(subjects).length <= SUBJECTS_MAX,
        `A mapping has at most ${SUBJECTS_MAX} subjects.`,
      )
      .default({}),
    fallback: account.nullable().default(null),
    idRule: z.enum(idRules).default('sender-or-response'),
    kindsIncomplete: z.enum(incompleteRules).default('flag'),
    dialects: z
      .record(dialectName, dialect)
      .refine(
        (dialects) => Object.keys(dialects).length <= DIALECTS_MAX,
        `A mapping has at most ${DIALECTS_MAX} dialects.`,
      )
      .default({}),
    subjectAttributes: z
      .array(text)
      .min(1)
      .max(SUBJECT_ATTRIBUTES_MAX)
      .default([...subjectAttributes]),
  })
  .meta({ id: 'DoorMapping' });

export type MappingBody = z.infer<typeof mappingBody>;

/** With the dialects that the centre's own `POST /v1/usage/{name}` has beside the built-in ones. */
export interface StoredMapping extends DoorMapping {
  readonly dialects: ReadonlyMap<string, GenericDialect>;
}

export const fromWireMapping = ({ subjects, dialects, ...rest }: MappingBody): StoredMapping => ({
  ...rest,
  subjects: new Map(Object.entries(subjects)),
  dialects: new Map(Object.entries(dialects)),
});
