/**
 * Seals the raw bytes of a party's refused or unreadable input with a key of that party's own.
 *
 * Owns        the data keys: one in use a (tenant, party), wrapped by the vault's key, in
 *             `party_key`. Who may open what is the caller's row security.
 * Invariant   nothing readable reaches a topic or a table; destroying a key erases what it sealed,
 *             also in logs that nobody can rewrite.
 * Rejections  KEY_DESTROYED, SEAL_BROKEN
 * Source      ruling R23; R41 for the holds that stop a destruction (the caller's to check)
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { Defect, Rejection } from '@suanpan/event-sourcing';
import { KEY_BYTES, openWith, sealWith } from './sealing.js';

/** The running transaction: anything that runs SQL in the service's schema. */
export interface KeyStore {
  query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}

export interface KeyOwner {
  readonly tenant: string;
  readonly party: string;
}

export interface Sealed {
  readonly sealed: Buffer;
  readonly keyId: string;
}

export interface Vault {
  seal(store: KeyStore, owner: KeyOwner, bytes: Buffer): Promise<Sealed>;
  /** The same for many texts of one party: the key is looked up once. */
  sealAll(store: KeyStore, owner: KeyOwner, all: readonly Buffer[]): Promise<readonly Sealed[]>;
  open(store: KeyStore, sealed: Sealed): Promise<Buffer>;
  /** Makes everything that the party's keys sealed unreadable for ever. */
  destroyKeys(store: KeyStore, owner: KeyOwner): Promise<void>;
}

/** The owner of what nobody can be named for. */
export const NOBODY: KeyOwner = { tenant: '*', party: '*' };

/** The table of the keys, for a migration of each schema that seals. */
export const PARTY_KEY_TABLE = `
create table party_key (
  key_id     text        primary key,
  tenant     text        not null,
  party      text        not null,
  wrapped    bytea,
  created_at timestamptz not null default clock_timestamp(),
  destroyed_at timestamptz,
  check ((wrapped is null) = (destroyed_at is not null))
);
create unique index party_key_in_use on party_key (tenant, party) where destroyed_at is null;`;

const HEX_KEY = /^[0-9a-f]{64}$/i;

const IN_USE = `
select key_id, wrapped from party_key where tenant = $1 and party = $2 and destroyed_at is null`;

/** A second writer of the first key waits here and then finds the first one's. */
const ADD = `
insert into party_key (key_id, tenant, party, wrapped) values ($1, $2, $3, $4)
on conflict (tenant, party) where destroyed_at is null do nothing`;

const BY_ID = 'select key_id, wrapped from party_key where key_id = $1';

const DESTROY = `
update party_key set wrapped = null, destroyed_at = clock_timestamp()
where tenant = $1 and party = $2 and destroyed_at is null`;

interface KeyRow {
  readonly key_id: string;
  readonly wrapped: Buffer | null;
}

interface DataKey {
  readonly id: string;
  readonly key: Buffer;
}

const unwrap = (vaultKey: Buffer, keyId: string, row: KeyRow | undefined): DataKey => {
  const wrapped = row?.wrapped ?? null;
  if (wrapped === null) throw new Rejection('KEY_DESTROYED', `Key ${keyId} is no more.`);
  return { id: keyId, key: openWith(vaultKey, keyId, wrapped) };
};

const keyInUse = async (
  store: KeyStore,
  { tenant, party }: KeyOwner,
  vaultKey: Buffer,
): Promise<DataKey> => {
  const [found] = await store.query<KeyRow>(IN_USE, [tenant, party]);
  if (found !== undefined) return unwrap(vaultKey, found.key_id, found);
  const id = randomUUID();
  const wrapped = sealWith(vaultKey, id, randomBytes(KEY_BYTES));
  await store.query(ADD, [id, tenant, party, wrapped]);
  const [row] = await store.query<KeyRow>(IN_USE, [tenant, party]);
  if (row === undefined) throw new Defect('KEY_MISSING', `No key of ${party} after its insert.`);
  return unwrap(vaultKey, row.key_id, row);
};

/** A vault under one wrapping key of 32 bytes, given as 64 hexadecimal digits. */
export const createVault = (vaultKeyHex: string): Vault => {
  if (!HEX_KEY.test(vaultKeyHex)) throw new RangeError('VAULT_KEY is not 32 bytes in hex.');
  const vaultKey = Buffer.from(vaultKeyHex, 'hex');
  const sealAll: Vault['sealAll'] = async (store, owner, all) => {
    if (all.length === 0) return [];
    const { id, key } = await keyInUse(store, owner, vaultKey);
    return all.map((bytes) => ({ sealed: sealWith(key, id, bytes), keyId: id }));
  };
  return {
    sealAll,
    seal: async (store, owner, bytes) => {
      const [sealed] = await sealAll(store, owner, [bytes]);
      if (sealed === undefined) throw new Defect('NOT_SEALED', `Nothing for ${owner.party}.`);
      return sealed;
    },
    open: async (store, { sealed, keyId }) => {
      const [row] = await store.query<KeyRow>(BY_ID, [keyId]);
      return openWith(unwrap(vaultKey, keyId, row).key, keyId, sealed);
    },
    destroyKeys: async (store, { tenant, party }) => {
      await store.query(DESTROY, [tenant, party]);
    },
  };
};
