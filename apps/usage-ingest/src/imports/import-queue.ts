/**
 * Works on the files that wait, one after the other, for as long as the service runs.
 *
 * Invariant   an import has one worker: a lease that is renewed with every chunk. What a process that
 *             died was working on is taken over when its lease ends, by whoever has the file.
 * Source      reliability F01
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Unavailable } from '@suanpan/event-sourcing';
import { POLL_MS } from './import-limits.js';
import { ImportRunner } from './import-runner.js';
import { ImportStore, LeaseLost } from './import-store.js';
import type { Work } from './import-store.js';
import { Uploads } from './upload.js';

@Injectable()
export class ImportQueue implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly worker = randomUUID();
  private readonly logger = new Logger(ImportQueue.name);
  private readonly ending = new AbortController();
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
  }

  /** Something has come. */
  ring(): void {
    this.bell.abort();
  }

  private async run(): Promise<void> {
    await this.uploads.tidy(Date.now());
    while (!this.ending.signal.aborted) {
      const worked = await this.workOnce().catch((error: unknown) => {
        if (!(error instanceof Unavailable)) this.logger.error(error);
        return false;
      });
      if (!worked) await this.wait();
    }
  }

  private async wait(): Promise<void> {
    const { signal } = this.bell;
    await sleep(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) this.bell = new AbortController();
  }

  private async workOnce(): Promise<boolean> {
    for (const { tenant, import_id: importId } of await this.store.candidates()) {
      const work: Work = { tenant, importId, worker: this.worker };
      // Where processes do not share a folder, each works on what was handed to it.
      if (!(await this.uploads.exists(importId)) || !(await this.store.claim(work))) continue;
      await this.workOn(work);
      return true;
    }
    return false;
  }

  private async workOn(work: Work): Promise<void> {
    try {
      const row = await this.store.find(work, work.importId);
      if (row !== null) await this.runner.run(work, row, this.ending.signal);
    } catch (error) {
      if (error instanceof LeaseLost) return;
      throw error;
    } finally {
      await this.store.release(work).catch(() => undefined);
    }
  }
}
