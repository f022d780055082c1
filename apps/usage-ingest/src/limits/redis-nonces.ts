/**
 * The ids of signed requests, seen by all processes; each process keeps its own beside them.
 *
 * Invariant   a Redis that is away or was flushed lets a replay through another process, once for
 *             each, within ten minutes. It counts nothing twice: events are known by (tenant,
 *             source, id) and commands by their Idempotency-Key. So nothing is refused for it.
 * Source      design 3.5; docs/adr/0020-signed-requests.md
 */
import { MemoryNonces, NONCE_WINDOW_MS } from '@suanpan/platform-http';
import type { NonceStore } from '@suanpan/platform-http';
import type { SharedMemory } from './redis.js';

export class RedisNonces implements NonceStore {
  private readonly own = new MemoryNonces();

  constructor(private readonly shared: SharedMemory) {}

  async take(nonce: string): Promise<boolean> {
    if (!(await this.own.take(nonce))) return false;
    const key = this.shared.key('nonce', nonce);
    const set = await this.shared.ask((redis) => redis.set(key, '1', 'PX', NONCE_WINDOW_MS, 'NX'));
    return set !== null;
  }
}
