/**
 * Works on the files that wait, for as long as the service runs.
 *
 * Shape       a few at a time, one of each centre: a centre with many files, or with a small rate,
 *             holds up no other.
 * Invariant   an import has one worker: a lease that is renewed with every chunk. What a process that
 *             died was working on is taken over when its lease ends, by whoever has the file.
 * Source      reliability F01
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Unavailable } from '@suanpan/event-sourcing';
import { POLL_MS, POSTPONED_SECONDS, RENEW_MS, SLOTS } from './import-limits.js';
import { ImportRunner } from './import-runner.js';
import { ImportStore, LeaseLost } from './import-store.js';
import type { Candidate, Work } from './import-store.js';
import { Uploads } from './upload.js';

@Injectable()
export class ImportQueue implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly worker = randomUUID();
  private readonly logger = new Logger(ImportQueue.name);
  private readonly ending = new AbortController();
  private readonly running = new Map<string, Promise<void>>();
  private bell = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(
    @Inject(ImportStore) readonly store: ImportStore,
    @Inject(ImportRunner) private readonly runner: ImportRunner,
    @Inject(Uploads) private readonly uploads: Uploads,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  /** What is being read stops after its chunk, and goes on in another process or the next one. */
  async beforeApplicationShutdown(): Promise<void> {
    this.ending.abort();
    this.bell.abort();
    await this.loop;
    await Promise.all(this.running.values());
  }

  /** Something has come, or a place is free. */
  ring(): void {
    this.bell.abort();
  }

  private async run(): Promise<void> {
    await this.uploads
      .tidy(Date.now(), (ids) => this.store.queued(ids))
      .catch((error: unknown) => this.report(error));
    while (!this.ending.signal.aborted) {
      await this.fill().catch((error: unknown) => this.report(error));
      await this.wait();
    }
  }

  private async wait(): Promise<void> {
    const { signal } = this.bell;
    await sleep(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) this.bell = new AbortController();
  }

  /** Takes up what waits, while there are places. */
  private async fill(): Promise<void> {
    if (this.running.size >= SLOTS) return;
    for (const candidate of await this.store.candidates()) {
      if (this.ending.signal.aborted || this.running.size >= SLOTS) return;
      await this.takeUp(candidate);
    }
  }

  private async takeUp({ tenant, centre, import_id: importId }: Candidate): Promise<void> {
    const place = JSON.stringify([tenant, centre]);
    const work: Work = { tenant, importId, worker: this.worker };
    if (this.running.has(place)) return;
    // Where processes do not share a folder, each works on what was handed to it.
    if (!(await this.uploads.exists(importId)) || !(await this.store.claim(work))) return;
    const done = this.workOn(work).catch((error: unknown) => this.report(error));
    const free = done.then(() => {
      this.running.delete(place);
      this.ring();
    });
    this.running.set(place, free);
  }

  private async workOn(work: Work): Promise<void> {
    let afterSeconds = 0;
    // Also while nothing is acknowledged: what was read before is read past, an archive written out.
    const beat = setInterval(() => void this.store.renew(work).catch(() => undefined), RENEW_MS);
    try {
      const row = await this.store.find(work, work.importId);
      if (row === null) return;
      const stopped = await this.runner.run(work, row, this.ending.signal);
      if (stopped === 'postponed') afterSeconds = POSTPONED_SECONDS;
    } finally {
      clearInterval(beat);
      await this.store.release(work, afterSeconds).catch(() => undefined);
    }
  }

  private report(error: unknown): void {
    if (error instanceof Unavailable || error instanceof LeaseLost) return;
    this.logger.error(error);
  }
}
