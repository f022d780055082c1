/**
 * Bounds the memory of all bodies together, and of one centre's: beyond it a request is told to come
 * back.
 *
 * Units       bytes
 * Invariant   one centre never fills the memory of all.
 * Rejections  TOO_MUCH_IN_FLIGHT 429; Unavailable OVERLOADED
 * Source      reliability D05 (bounded in flight), S39, S50
 */
import { Unavailable } from '@suanpan/event-sourcing';
import { HttpProblem } from '@suanpan/platform-http';
import { heldBytes, limitedTotal } from './ingest-metrics.js';
import { HELD_BYTES_CENTRE_MAX, HELD_BYTES_MAX } from './limits.js';

const tooMuchInFlight = (): HttpProblem => {
  limitedTotal.inc({ code: 'TOO_MUCH_IN_FLIGHT' });
  return new HttpProblem(429, 'TOO_MUCH_IN_FLIGHT', {
    detail: 'This centre has too many large bodies under way; wait for their answers.',
    headers: { 'Retry-After': '1' },
  });
};

export class HeldBytes {
  #held = 0;
  readonly #byOwner = new Map<string, number>();

  constructor(
    private readonly max: number = HELD_BYTES_MAX,
    private readonly ownerMax: number = HELD_BYTES_CENTRE_MAX,
  ) {}

  /** A share of the memory that grows with one request and is given back whole. */
  open(owner?: string): HeldShare {
    return new HeldShare((bytes) => {
      this.#checkOwner(owner, bytes);
      this.#add(bytes);
      if (owner !== undefined) this.#addTo(owner, bytes);
    });
  }

  #checkOwner(owner: string | undefined, bytes: number): void {
    const held = owner === undefined ? 0 : (this.#byOwner.get(owner) ?? 0);
    if (owner !== undefined && bytes > 0 && held + bytes > this.ownerMax) throw tooMuchInFlight();
  }

  #addTo(owner: string, bytes: number): void {
    const held = (this.#byOwner.get(owner) ?? 0) + bytes;
    if (held > 0) this.#byOwner.set(owner, held);
    else this.#byOwner.delete(owner);
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
