import { describe, expect, it } from '@jest/globals';
import { javaMajor, postgresMajor, redisMajor } from './versions.js';

describe('the version that a program prints', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "21" 2023-09-19', 21],
    ['java version "1.8.0_392"', 8],
    ['The operation couldn’t be completed. Unable to locate a Java Runtime.', null],
  ])('Java: %s', (text, major) => {
    expect(javaMajor(text)).toBe(major);
  });

  it.each([
    ['postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)', 15],
    ['postgres (PostgreSQL) 18beta1', 18],
    ['postgres: command not found', null],
  ])('PostgreSQL: %s', (text, major) => {
    expect(postgresMajor(text)).toBe(major);
  });

  it.each([
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', 7],
    ['Redis server v=6.2.14 sha=00000000:0 malloc=libc bits=64', 6],
    ['Valkey?', null],
  ])('Redis: %s', (text, major) => {
    expect(redisMajor(text)).toBe(major);
  });
});
