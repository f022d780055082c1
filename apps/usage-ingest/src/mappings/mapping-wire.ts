/**
 * A mapping as it is written over HTTP and kept in its row: the same JSON.
 *
 * Source      ruling R22
 */
import { idRules, incompleteRules } from '@suanpan/usage';
import type { DoorMapping } from '@suanpan/usage';
import { z } from 'zod';

const CHARACTERS_MAX = 256;
const SUBJECTS_MAX = 10_000;

/** A text that an event's field could hold too: another would never be met. */
const text = z
  .string()
  .min(1)
  .max(CHARACTERS_MAX)
  .refine((value) => value.normalize('NFC') === value, 'A text is in normalisation form C.');
const account = z.strictObject({ contract: text, buyer: text }).meta({ id: 'Account' });

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
  })
  .meta({ id: 'DoorMapping' });

export type MappingBody = z.infer<typeof mappingBody>;

export const fromWireMapping = ({ subjects, ...rest }: MappingBody): DoorMapping => ({
  ...rest,
  subjects: new Map(Object.entries(subjects)),
});
