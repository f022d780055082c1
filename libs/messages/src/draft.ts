type Whole = string | bigint | number | boolean | null | Uint8Array;

type HasDefault<V> = null extends V
  ? true
  : Readonly<Record<string, string>> extends V
    ? true
    : false;

/** A value as its sender may give it: fields with a default may be left out. */
export type Draft<V> = V extends Whole
  ? V
  : V extends readonly (infer Item)[]
    ? readonly Draft<Item>[]
    : { readonly [K in keyof V as HasDefault<V[K]> extends true ? never : K]: Draft<V[K]> } & {
        readonly [K in keyof V as HasDefault<V[K]> extends true ? K : never]?: Draft<V[K]>;
      };
