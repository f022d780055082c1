/**
 * Bounds the memory of all bodies together: beyond it a request is told to come back.
 *
 * Units       bytes
 * Rejections  none; Unavailable OVERLOADED
 * Source      reliability D05 (bounded in flight), S39
 */
import { Unavailable } from '@suanpan/event-sourcing';
import { heldBytes } from './ingest-metrics.js';
import { HELD_BYTES_MAX } from './limits.js';

export class HeldBytes {
  #held = 0;

  constructor(private readonly max: number = HELD_BYTES_MAX) {}

  /** A share of the memory that grows with one request and is given back whole. */
  open(): HeldShare {
    return new HeldShare((bytes) => this.#add(bytes));
  }

  #add(bytes: number): void {
    if (bytes > 0 && this.#held + bytes > this.max) {
      throw new Unavailable('OVERLOADED', `${this.#held} bytes of bodies are held already.`);
    }
    this.#held += bytes;
    heldBytes.set(this.#held);
  }
}

export class HeldShare {
  #bytes = 0;

  constructor(private readonly add: (bytes: number) => void) {}

  grow(bytes: number): void {
    this.add(bytes);
    this.#bytes += bytes;
  }

  shrink(bytes: number): void {
    this.add(-bytes);
    this.#bytes -= bytes;
  }

  close(): void {
    this.shrink(this.#bytes);
  }
}
