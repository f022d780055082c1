import { createHash } from 'node:crypto';

/**
 * Identities and hashes, written again from their description (docs/architecture.md 3): the auditor does not
 * take the services' word for them.
 */
const LENGTH_BYTES = 4;
const ABSENT = 0xffffffff;

const prefixed = (field: string | Buffer | null): Buffer => {
  const length = Buffer.alloc(LENGTH_BYTES);
  if (field === null) {
    length.writeUInt32BE(ABSENT);
    return length;
  }
  const bytes = Buffer.isBuffer(field) ? field : Buffer.from(field, 'utf8');
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** SHA-256 over fields, each with its length before it, so that no two lists look alike. */
export const hashOfFields = (fields: readonly (string | Buffer | null)[]): Buffer =>
  createHash('sha256')
    .update(Buffer.concat(fields.map(prefixed)))
    .digest();

const IDENTITY_BYTES = 16;

/** The 16 bytes under which a usage event is known for ever. */
export const identityOf = (tenant: string, source: string, id: string): Buffer =>
  hashOfFields([tenant, source, id]).subarray(0, IDENTITY_BYTES);

/** The partition of usage.recorded that an identity belongs to. */
export const partitionOf = (identity: Buffer): number => identity.readUInt8(0) >> 2;

/** The two halves of an identity as PostgreSQL shows them. */
export const halvesOf = (identity: Buffer): readonly [string, string] => [
  String(identity.readBigInt64BE(0)),
  String(identity.readBigInt64BE(8)),
];

/** The id of a row that is named by its content: the first eight bytes, signed. */
export const contentIdOf = (fields: readonly (string | null)[]): string =>
  String(hashOfFields(fields).readBigInt64BE(0));

/** The Merkle root of a batch: an odd last node moves up unchanged. */
export const merkleRootOf = (leaves: readonly Buffer[]): Buffer => {
  if (leaves.length === 0) return createHash('sha256').digest();
  let level = leaves;
  while (level.length > 1) {
    const next: Buffer[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const [left, right] = [level[index] as Buffer, level[index + 1]];
      next.push(
        right === undefined
          ? left
          : createHash('sha256')
              .update(Buffer.from([1]))
              .update(left)
              .update(right)
              .digest(),
      );
    }
    level = next;
  }
  return level[0] as Buffer;
};

/** A hash as an unsigned whole number, to be added to others in any order. */
export const asNumber = (hash: Buffer): bigint => BigInt(`0x${hash.toString('hex')}`);

const MODULUS = 1n << 256n;

/** The multiset hash of a document line: 64 hexadecimal digits of the sum, which may be below zero. */
export const multisetText = (sum: bigint): string =>
  (((sum % MODULUS) + MODULUS) % MODULUS).toString(16).padStart(64, '0');
