/**
 * How long a test that meets real servers may take where it says nothing itself: long enough for a
 * busy machine. Tests wait for conditions, each with its own limit, and never for this one.
 */
import { jest } from '@jest/globals';

jest.setTimeout(60_000);
