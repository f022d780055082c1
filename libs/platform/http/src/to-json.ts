const withStrings = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

/** JSON as every answer writes it: a bigint travels as a decimal string. */
export const toJson = (value: unknown): string => JSON.stringify(value, withStrings);

/** The same rule, for Express. */
export const jsonReplacer = withStrings;
