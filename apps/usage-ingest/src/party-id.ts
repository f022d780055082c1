import { z } from 'zod';

/** A centre's, partner's or buyer's id, as it stands in paths, keys and events. */
export const partyId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'An id is 1 to 64 of A-Z, a-z, 0-9, dot, dash, _.');
