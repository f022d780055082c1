import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Ended,
  type OwnSystem,
  ownSystem,
  type RunningProgram,
  servicesOf,
  untilSaid,
} from './own-system.js';

const EVENTS = 16_000;
const SERVICES = ['usage-ingest', 'pricing', 'profit-share', 'cross-border-settlement'] as const;
const MINUTES = 60_000;

interface Report {
  readonly events: Readonly<Record<string, number>>;
  readonly trialBalance: Readonly<Record<string, string>>;
  readonly unexplained: number;
  readonly faults: readonly string[];
}

interface Plant {
  readonly layer: string;
  readonly table: string;
  readonly row: string;
  readonly change: string;
  readonly undo: string;
}

/** Records in the log that pricing has not committed; asked right after its end. */
const uncommitted = async (system: OwnSystem, recorded: number): Promise<number> => {
  const [row] = await system.query<{ read: string }>(
    `select coalesce(sum(next_offset), 0) as read from pricing.consumer_offset
     where topic = 'usage.recorded'`,
  );
  return recorded - Number(row?.read ?? 0);
};

const accepted = ({ home }: OwnSystem): number =>
  readFileSync(join(home, 'journal', 'play.ndjson'), 'utf8').match(/"accepted"/g)?.length ?? 0;

describe('F01 F02 F03 F04 kill -9 of each service once, mid-stream', () => {
  let system: OwnSystem;
  let program: RunningProgram;
  let ended: Ended;
  let report: Report;
  let unread = 0;

  beforeAll(async () => {
    system = await ownSystem();
    const file = join(system.home, 'report.json');
    program = system.begin('start', '--once', '--events', String(EVENTS), '--report', file);
    await untilSaid(program, 'events/s', 1);
    const pids = new Map(servicesOf(system).map(({ name, pid }) => [name, pid]));
    const kill = (name: (typeof SERVICES)[number]): void => {
      process.kill(pids.get(name) ?? 0, 'SIGKILL');
    };
    kill('pricing');
    const recorded = accepted(system);
    unread = await uncommitted(system, recorded);
    kill('usage-ingest');
    kill('profit-share');
    kill('cross-border-settlement');
    ended = await program.ended;
    report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  }, 10 * MINUTES);

  afterAll(() => system.end(), 2 * MINUTES);

  it('finds records that pricing had not committed when it was killed', () => {
    expect(unread).toBeGreaterThan(0);
  });

  it.each(SERVICES)('starts %s again', (name) => {
    expect(ended.output).toContain(`${name} ended (SIGKILL); starting it again`);
  });

  it('ends with a report that holds', () => {
    expect(report.faults).toEqual([]);
    expect(ended.code).toBe(0);
    expect(report.unexplained).toBe(0);
    expect(Object.values(report.trialBalance).filter((sum) => !/^-?0(\.0*)?$/.test(sum))).toEqual(
      [],
    );
  });

  it('I1 leaves each accepted event in exactly one state', () => {
    const { offered, refused, accepted: taken, ...states } = report.events;
    expect(offered).toBe((refused ?? 0) + (taken ?? 0));
    expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBe(taken);
  });

  it(
    'passes the audit',
    async () => {
      const audit = await system.run('verify');
      expect(audit.output).toContain('All invariants hold.');
      expect(audit.code).toBe(0);
    },
    5 * MINUTES,
  );

  it(
    'F6 I6 replays every projection to the same hash',
    async () => {
      const replay = await system.run('replay');
      expect(replay.output).toContain('Every projection is equal.');
      expect(replay.code).toBe(0);
    },
    10 * MINUTES,
  );

  it(
    'T1 leads from a call to the bank line',
    async () => {
      const [call] = await system.query<{ source: string; id: string }>(
        'select source, id from pricing.call order by h1 limit 1',
      );
      const trace = await system.run('trace', call?.source ?? '', call?.id ?? '');
      expect(trace.code).toBe(0);
      for (const step of [
        'record usage.recorded',
        'price list-',
        'invoice ',
        'statement ',
        'bank line',
      ]) {
        expect(trace.output).toContain(step);
      }
    },
    MINUTES,
  );

  // One row of one layer: what is changed, which row, and how it is put back.
  const plants: readonly Plant[] = [
    {
      layer: 'log copy',
      table: 'pricing.batch',
      row: `source_topic = 'usage.recorded' and first_offset = 0 and partition =
        (select min(partition) from pricing.batch where source_topic = 'usage.recorded')`,
      change: 'rated = rated - 1, duplicate = duplicate + 1',
      undo: 'rated = rated + 1, duplicate = duplicate - 1',
    },
    {
      layer: 'calls',
      table: 'pricing.call',
      row: '(h1, h2) = (select h1, h2 from pricing.call order by 1, 2 limit 1)',
      change: 'output = output + 1',
      undo: 'output = output - 1',
    },
    {
      layer: 'corrections',
      table: 'pricing.correction_effect',
      row: `(h1, h2, revision, sign) = (select h1, h2, revision, sign
        from pricing.correction_effect where input <> 0 order by 1, 2, 3, 4 limit 1)`,
      change: 'input = input + 1, amount = amount + 1',
      undo: 'input = input - 1, amount = amount - 1',
    },
    {
      layer: 'buckets',
      table: 'pricing.bucket',
      row: `(dims, cell, quarter_hour, posting_period, partition) = (select dims, cell,
        quarter_hour, posting_period, partition from pricing.bucket order by 1, 2, 3, 4, 5 limit 1)`,
      change: 'quantity = quantity + 1',
      undo: 'quantity = quantity - 1',
    },
    {
      layer: 'invoice',
      table: 'pricing.invoice_line',
      row: `(tenant, invoice, line) = (select tenant, invoice, line from pricing.invoice_line
        order by 1, 2, 3 limit 1)`,
      change: 'amount = amount + 1',
      undo: 'amount = amount - 1',
    },
    {
      layer: 'split',
      table: 'profit_share.distribution',
      row: `(invoice, agreement, agreement_version, party, model) = (select invoice, agreement,
        agreement_version, party, model from profit_share.distribution
        order by 1, 2, 3, 4, 5 limit 1)`,
      change: 'share = share + 1',
      undo: 'share = share - 1',
    },
    {
      layer: 'journal',
      table: 'settlement.journal_line',
      row: `(tenant, entity, seq, line) = (select tenant, entity, seq, line
        from settlement.journal_line order by 1, 2, 3, 4 limit 1)`,
      change: 'functional = functional + 1',
      undo: 'functional = functional - 1',
    },
  ];
  const layers = plants.map(({ layer }) => layer);

  /** Changes the row, runs `suanpan …`, puts the row back. */
  const whilePlanted = async (layer: string, ...args: readonly string[]): Promise<Ended> => {
    const plant = plants.find((each) => each.layer === layer) as Plant;
    const { table, row, change, undo } = plant;
    expect(await system.plant(`update ${table} set ${change} where ${row}`)).toBe(1);
    const done = await system.run(...args);
    expect(await system.plant(`update ${table} set ${undo} where ${row}`)).toBe(1);
    return done;
  };

  it.each(layers)(
    'finds a planted violation of the layer %s',
    async (layer) => {
      const audit = await whilePlanted(layer, 'verify', '--json');
      expect(audit.code).toBe(1);
      const { findings } = JSON.parse(audit.output) as {
        findings: readonly { layer: string; violations: number }[];
      };
      const broken = findings.filter(({ violations }) => violations > 0);
      expect(broken.map((finding) => finding.layer)).toContain(layer);
    },
    5 * MINUTES,
  );

  it(
    'finds a missing effect and a changed code by the check of corrections, in one audit',
    async () => {
      const effect = `(h1, h2, revision, sign) = (select h1, h2, revision, sign
        from pricing.correction_effect order by 1, 2, 3, 4 limit 1)`;
      const code = `(h1, h2, revision) = (select h1, h2, revision from pricing.correction
        order by 1, 2, 3 limit 1)`;
      expect(
        await system.plant(`create table planted_effect as
          select * from pricing.correction_effect where ${effect}`),
      ).toBe(1);
      expect(await system.plant(`delete from pricing.correction_effect where ${effect}`)).toBe(1);
      expect(
        await system.plant(`update pricing.correction set code = 'ORIGINAL_UNKNOWN' where ${code}`),
      ).toBe(1);
      const audit = await system.run('verify', '--json');
      await system.plant('insert into pricing.correction_effect select * from planted_effect');
      await system.plant('drop table planted_effect');
      expect(await system.plant(`update pricing.correction set code = null where ${code}`)).toBe(1);
      expect(audit.code).toBe(1);
      const { findings } = JSON.parse(audit.output) as {
        findings: readonly { layer: string; examples: readonly string[] }[];
      };
      const said = findings.find(({ layer }) => layer === 'corrections')?.examples.join('\n');
      expect(said).toContain('is missing');
      expect(said).toContain('code: expected null, found ORIGINAL_UNKNOWN');
    },
    5 * MINUTES,
  );

  it(
    'fails the replay of a projection that was changed',
    async () => {
      const replay = await whilePlanted('buckets', 'replay', 'pricing');
      expect(replay.code).toBe(1);
      expect(replay.output).toContain('DIFFERS');
    },
    10 * MINUTES,
  );

  it(
    'passes the audit again when everything is as it was',
    async () => {
      const audit = await system.run('verify', '--json');
      expect(audit.code).toBe(0);
    },
    5 * MINUTES,
  );

  it(
    'changes no total when it is started again',
    async () => {
      const file = join(system.home, 'again.json');
      const again = await system.run(
        'start',
        '--once',
        '--events',
        String(EVENTS),
        '--report',
        file,
      );
      expect(again.code).toBe(0);
      const second = JSON.parse(readFileSync(file, 'utf8')) as Report & Record<string, unknown>;
      const first = report as Report & Record<string, unknown>;
      for (const part of ['events', 'invoices', 'statements', 'settlements', 'trialBalance']) {
        expect([part, second[part]]).toEqual([part, first[part]]);
      }
    },
    10 * MINUTES,
  );
});
