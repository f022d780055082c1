export { createVault, NOBODY, PARTY_KEY_TABLE } from './vault.js';
export type { KeyOwner, KeyStore, Sealed, Vault } from './vault.js';
