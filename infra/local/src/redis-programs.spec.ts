import { describe, expect, it } from '@jest/globals';
import { packagesToFetch } from './redis-programs.js';

describe('what apt would install', () => {
  it('is every package that the machine lacks', () => {
    const simulation = [
      'Inst libjemalloc2 (5.3.0-1 Debian:12.11/stable [amd64])',
      'Inst redis-tools (5:7.0.15-1~deb12u4 Debian-Security:12/stable [amd64])',
      'Inst redis-server (5:7.0.15-1~deb12u4 Debian-Security:12/stable [amd64])',
      'Conf libjemalloc2 (5.3.0-1 Debian:12.11/stable [amd64])',
    ].join('\n');
    expect(packagesToFetch(simulation)).toEqual(['libjemalloc2', 'redis-tools', 'redis-server']);
  });

  it('is nothing when apt knows nothing', () => {
    expect(packagesToFetch('E: Unable to locate package redis-server')).toEqual([]);
  });
});
