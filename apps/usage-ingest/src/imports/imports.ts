/**
 * Handing in a file.
 *
 * Invariant   the file lies on the disk under its import's id before the import is known: a crash
 *             between the two leaves a file that nobody needs, and never an import without a file.
 */
import { Inject, Injectable } from '@nestjs/common';
import { contextOf } from '@suanpan/platform-http';
import type { Caller } from '@suanpan/platform-http';
import type { Request } from 'express';
import { Senders } from '../events/senders.js';
import type { Format } from './file-type.js';
import { ImportQueue } from './import-queue.js';
import { importIdOf } from './import-record.js';
import type { NewImport } from './import-record.js';
import { ImportStore } from './import-store.js';
import { Uploads } from './upload.js';
import type { TakenFile } from './upload.js';

export interface HandIn {
  readonly caller: Caller;
  readonly centre: string;
  readonly name: string;
  readonly format: Format;
  readonly gzip: boolean;
  readonly separator: string | null;
  readonly dryRun: boolean;
}

type Put = ReturnType<ImportStore['put']>;

@Injectable()
export class Imports {
  constructor(
    @Inject(Senders) private readonly senders: Senders,
    @Inject(Uploads) private readonly uploads: Uploads,
    @Inject(ImportQueue) private readonly queue: ImportQueue,
  ) {}

  /** Takes the request's body as a file; the same file again is the same import. */
  async take(request: Request, { caller, ...order }: HandIn): Put {
    const { centre, format, gzip, separator, dryRun } = order;
    // A centre that may not send is told before its file is read.
    await this.senders.of({ ...caller, party: centre }, contextOf(request).requestId);
    const file = await this.uploads.take(request, { format, gzip });
    const { tenant, keyId: credential, sources, contracts, scopes, role } = caller;
    const { sha256, bytes } = file;
    const importId = importIdOf({ tenant, centre, sha256, format, separator, dryRun });
    const operator = role === 'operator';
    return this.keep(file, {
      ...{ ...order, tenant, importId, sha256, bytes, credential, sources, operator },
      ...{ contracts, scopes },
    });
  }

  private async keep(file: TakenFile, order: NewImport): Put {
    const known = await this.queue.store.find(order, order.importId);
    // Its bytes are the same: whoever reads the old file is not disturbed by the new one.
    if (known?.status === 'done') await file.drop();
    else await file.keepAs(order.importId);
    const put = await this.queue.store.put(order).catch(async (error: unknown) => {
      await this.forget(order);
      throw error;
    });
    this.queue.ring();
    return put;
  }

  /** Removes a file that no import needs. Where the database does not say so, the queue does later. */
  private async forget(order: NewImport): Promise<void> {
    const known = await this.queue.store.find(order, order.importId).catch(() => undefined);
    const isNeeded = known === undefined || (known !== null && known.status !== 'failed');
    if (!isNeeded) await this.uploads.remove(order.importId);
  }
}
