import { describe, expect, it } from '@jest/globals';
import { HeldBytes } from './held-bytes.js';

describe('HeldBytes', () => {
  it('OVERLOADED beyond the limit, and not at it', () => {
    const held = new HeldBytes(10);
    const [one, other] = [held.open(), held.open()];
    one.grow(6);
    other.grow(4);
    expect(() => one.grow(1)).toThrow('10 bytes of bodies are held already.');
  });

  it('has room again when a request has ended, however it ended', () => {
    const held = new HeldBytes(10);
    const one = held.open();
    one.grow(7);
    one.shrink(2);
    expect(() => one.grow(6)).toThrow();
    one.close();
    one.close();
    expect(() => held.open().grow(10)).not.toThrow();
  });

  it('S50 TOO_MUCH_IN_FLIGHT beyond one centre’s part, and not at it, while others have room', () => {
    const held = new HeldBytes(10, 6);
    const [mine, again, other] = [held.open('gz'), held.open('gz'), held.open('hz')];
    mine.grow(4);
    again.grow(2);
    expect(() => again.grow(1)).toThrow('too many large bodies');
    expect(() => other.grow(4)).not.toThrow();
    mine.close();
    expect(() => again.grow(4)).not.toThrow();
  });
});
