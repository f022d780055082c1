import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { HOST, choosePort, isFree } from './ports.js';

const allBut =
  (...used: number[]) =>
  (port: number) =>
    Promise.resolve(!used.includes(port));

describe('choosePort', () => {
  it('takes the usual port when it is free', async () => {
    expect(await choosePort({ usual: 5432, taken: new Set() }, allBut())).toBe(5432);
  });

  it('takes the next free one when the usual port is taken', async () => {
    expect(await choosePort({ usual: 5432, taken: new Set() }, allBut(5432, 5433))).toBe(5434);
  });

  it('keeps the port of the last run, so that addresses stay', async () => {
    expect(await choosePort({ usual: 5432, last: 5440, taken: new Set() }, allBut())).toBe(5440);
  });

  it('leaves the port of the last run when another program took it', async () => {
    const wish = { usual: 5432, last: 5440, taken: new Set<number>() };
    expect(await choosePort(wish, allBut(5440))).toBe(5432);
  });

  it('never gives one port to two servers of the same start', async () => {
    expect(await choosePort({ usual: 9092, taken: new Set([9092, 9093]) }, allBut())).toBe(9094);
  });

  it('halts with a sentence when 200 ports in a row are taken', async () => {
    const none = () => Promise.resolve(false);
    const choosing = choosePort({ usual: 9092, taken: new Set() }, none);
    await expect(choosing).rejects.toThrow('No free port from 9092 to 9291.');
  });
});

describe('isFree', () => {
  it('sees a listener, and its end', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    const { port } = server.address() as AddressInfo;
    expect(await isFree(port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isFree(port)).toBe(true);
  });
});
