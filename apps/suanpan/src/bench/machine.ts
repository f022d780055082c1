/** The machine a run was measured on, and whether others used it. */
import { cpus, loadavg, totalmem } from 'node:os';

const BUSY_SHARE = 0.25;
const MIB = 1_048_576;

export interface Machine {
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly node: string;
  /** Over one minute, before anything of ours ran. */
  readonly loadBefore: number;
  readonly busy: boolean;
}

/** Looks before the servers are started. */
export const lookAtMachine = (): Machine => {
  const all = cpus();
  const [minute = 0] = loadavg();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cpus: all.length,
    memoryMiB: Math.round(totalmem() / MIB),
    node: process.versions.node,
    loadBefore: Math.round(minute * 100) / 100,
    busy: minute > BUSY_SHARE * all.length,
  };
};
