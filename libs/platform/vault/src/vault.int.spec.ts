import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testStack, type TestStack } from '@suanpan/platform-testing';
import { createVault, NOBODY, PARTY_KEY_TABLE } from './vault.js';
import type { KeyOwner, KeyStore, Sealed, Vault } from './vault.js';

const owner: KeyOwner = { tenant: 'shantou', party: 'centre-a' };
const canary = Buffer.from('CANARY-4711: a prompt that must not be read');

let stack: TestStack;
let vault: Vault;
beforeAll(async () => {
  stack = await testStack();
  vault = createVault(stack.vaultKey);
});
afterAll(() => stack.dispose());

const within = <T>(work: (store: KeyStore) => Promise<T>): Promise<T> => stack.db.inPlatform(work);
const seal = (whose: KeyOwner, bytes = canary): Promise<Sealed> =>
  within((store) => vault.seal(store, whose, bytes));
const open = (sealed: Sealed, by = vault): Promise<Buffer> =>
  within((store) => by.open(store, sealed));

describe('the vault (R23)', () => {
  it('gives back what it sealed', async () => {
    expect(await open(await seal(owner))).toEqual(canary);
    expect(await open(await seal(NOBODY))).toEqual(canary);
  });

  it('seals many with one key', async () => {
    const all = await within((store) => vault.sealAll(store, owner, [canary, Buffer.alloc(0)]));
    expect(new Set(all.map(({ keyId }) => keyId)).size).toBe(1);
    expect(await Promise.all(all.map((one) => open(one)))).toEqual([canary, Buffer.alloc(0)]);
    expect(await within((store) => vault.sealAll(store, owner, []))).toEqual([]);
  });

  it('has one key a party, though eight seal for the first time at once', async () => {
    const whose = { tenant: 'shantou', party: 'centre-new' };
    const all = await Promise.all(Array.from({ length: 8 }, () => seal(whose)));
    expect(new Set(all.map(({ keyId }) => keyId)).size).toBe(1);
  });

  it('gives every party and every tenant a key of its own', async () => {
    const others = [owner, { ...owner, party: 'centre-b' }, { ...owner, tenant: 'hainan' }];
    const all = await Promise.all(others.map((whose) => seal(whose)));
    expect(new Set(all.map(({ keyId }) => keyId)).size).toBe(3);
  });

  it('SEAL_BROKEN where the vault’s key is another, or one text stands under another’s key', async () => {
    const sealed = await seal(owner);
    const broken = { code: 'SEAL_BROKEN' };
    await expect(open(sealed, createVault('00'.repeat(32)))).rejects.toMatchObject(broken);
    const { keyId } = await seal({ ...owner, party: 'centre-b' });
    await expect(open({ ...sealed, keyId })).rejects.toMatchObject(broken);
  });

  it('KEY_DESTROYED after erasure; others open still, and what comes later has a new key', async () => {
    const whose = { tenant: 'shantou', party: 'centre-gone' };
    const [before, beside] = [await seal(whose), await seal(owner)];
    await within((store) => vault.destroyKeys(store, whose));
    const gone = { code: 'KEY_DESTROYED' };
    await expect(open(before)).rejects.toMatchObject(gone);
    await expect(open({ ...before, keyId: 'never' })).rejects.toMatchObject(gone);
    expect(await open(beside)).toEqual(canary);
    const after = await seal(whose);
    expect(after.keyId).not.toBe(before.keyId);
    expect(await open(after)).toEqual(canary);
  });

  it('leaves no readable key in the table', async () => {
    const rows = await stack.asSuperuser<{ wrapped: Buffer | null }>(
      'select wrapped from party_key',
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ wrapped }) => wrapped === null || wrapped.length === 61)).toBe(true);
  });

  it('can work in a table made from its own text', async () => {
    await stack.asSuperuser(`create schema vault_${stack.schema}`);
    const text = `set local search_path = vault_${stack.schema}; ${PARTY_KEY_TABLE}`;
    await stack.asSuperuser(`begin; ${text} commit; drop schema vault_${stack.schema} cascade`);
  });

  it('refuses a key that is not 32 bytes in hex', () => {
    expect(() => createVault('abc')).toThrow(RangeError);
  });
});
