import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { testStack } from '@suanpan/platform-testing';
import type { TestStack } from '@suanpan/platform-testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { BinaryRows } from './binary-rows.js';
import { copyRows } from './copy.js';
import { codeOf } from './errors.js';
import { grant, grantPipeline, pipelinePolicy, tenantPolicy } from './row-security.js';

jest.setTimeout(60_000);

class CreateDocument1800000000001 implements MigrationInterface {
  readonly name = 'CreateDocument1800000000001';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create table document (tenant text, party text, id text, body text, primary key (tenant, id));
       create table call (tenant text, id text, primary key (tenant, id));
       create view document_view with (security_invoker) as select * from document`,
    );
    await runner.query(tenantPolicy('document', { partyColumn: 'party' }));
    await runner.query(tenantPolicy('call'));
    await runner.query(pipelinePolicy('call'));
    await runner.query(grant('select, insert, update, delete', 'document'));
    await runner.query(grant('select', 'document_view'));
    await runner.query(grant('select', 'call'));
    await runner.query(grantPipeline('select, insert', 'call'));
  }
  async down(): Promise<void> {}
}

let stack: TestStack;
beforeAll(async () => {
  stack = await testStack({ migrations: [CreateDocument1800000000001] });
  for (const tenant of ['shantou', 'shenzhen']) {
    await stack.db.inTenant({ tenant }, (tx) =>
      tx.query(
        `insert into document values ($1, 'centre-a', '1', 'a'), ($1, 'centre-b', '2', 'b')`,
        [tenant],
      ),
    );
  }
});
afterAll(() => stack.dispose());

const failure = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => codeOf(error),
  );

const count = (tenant: string, table = 'document', party?: string): Promise<number> =>
  stack.db.inTenant(party === undefined ? { tenant } : { tenant, party }, async (tx) => {
    return (await tx.query(`select 1 from ${table}`)).length;
  });

describe('row security by tenant', () => {
  it('I10 shows a tenant its own rows and nobody else’s, through a view too (S26)', async () => {
    expect(await count('shantou')).toBe(2);
    expect(await count('shantou', 'document_view')).toBe(2);
    expect(await count('nobody')).toBe(0);
  });

  it('S24 shows nothing without a tenant, on a fresh and on a used connection', async () => {
    const rows = await stack.db.transaction((tx) => tx.query('select 1 from document'));
    expect(rows).toEqual([]);
  });

  it('S25 leaves no tenant behind after a commit, an error and a mix of requests', async () => {
    const single = await stack.open(stack.urls.app, 1);
    await single.inTenant({ tenant: 'shantou' }, (tx) => tx.query('select 1'));
    await failure(single.inTenant({ tenant: 'shantou' }, (tx) => tx.query('select 1/0')));
    expect(await single.transaction((tx) => tx.query('select 1 from document'))).toEqual([]);
    for (let request = 0; request < 300; request += 1) {
      const tenant = request % 2 === 0 ? 'shantou' : 'shenzhen';
      const rows = await single.inTenant({ tenant }, (tx) =>
        tx.query<{ tenant: string }>('select tenant from document'),
      );
      expect(new Set(rows.map((row) => row.tenant))).toEqual(new Set([tenant]));
    }
  });

  it('refuses to write a row of another tenant, or to move one there', async () => {
    const insert = stack.db.inTenant({ tenant: 'shantou' }, (tx) =>
      tx.query(`insert into document values ('shenzhen', 'x', '9', 'x')`),
    );
    const update = stack.db.inTenant({ tenant: 'shantou' }, (tx) =>
      tx.query(`update document set tenant = 'shenzhen'`),
    );
    expect(await failure(insert)).toBe('42501');
    expect(await failure(update)).toBe('42501');
  });

  it('shows a party only its own documents, and the operator all', async () => {
    expect(await count('shantou', 'document', 'centre-a')).toBe(1);
    expect(await count('shantou', 'document', 'centre-z')).toBe(0);
  });

  it('binds the owner too (FORCE)', async () => {
    const owner = await stack.open(stack.urls.owner, 1);
    expect(await owner.transaction((tx) => tx.query('select 1 from document'))).toEqual([]);
  });

  it('does not open a domain’s table to the platform scope', async () => {
    expect(await stack.db.inPlatform((tx) => tx.query('select 1 from document'))).toEqual([]);
  });
});

describe('the app role', () => {
  it.each([
    [`set role pricing_owner`, '42501'],
    [`alter table document disable row level security`, '42501'],
    [`truncate document`, '42501'],
    [`copy document to program 'true'`, '42501'],
    [`select pg_read_file('/etc/passwd')`, '42501'],
    [`update event_store set body = ''`, '42501'],
    [`delete from event_store`, '42501'],
    [`delete from outbox`, '42501'],
    [`delete from quarantine`, '42501'],
    [`update head_log set hash = ''`, '42501'],
  ])('S27, S29 may not: %s', async (sql, code) => {
    expect(await failure(stack.db.inTenant({ tenant: 'shantou' }, (tx) => tx.query(sql)))).toBe(
      code,
    );
  });

  it('S27 gets an error, not rows, when it switches row security off', async () => {
    const work = stack.db.transaction(async (tx) => {
      await tx.query('set local row_security = off');
      await tx.query('select * from document');
    });
    expect(await failure(work)).toBe('42501');
  });

  it('the owner cannot change or remove a stored event either (I7)', async () => {
    const owner = await stack.open(stack.urls.owner, 1);
    for (const sql of ['truncate event_store', 'truncate head_log']) {
      expect(await failure(owner.transaction((tx) => tx.query(sql)))).toBe('42501');
    }
  });
});

const textRows = (...rows: readonly (readonly string[])[]): Buffer => {
  const binary = new BinaryRows();
  for (const fields of rows) {
    binary.row(fields.length);
    for (const field of fields) binary.text(field);
  }
  return binary.take();
};

describe('the pipeline role', () => {
  it('R7 adds rows of many tenants through a staging table in one transaction', async () => {
    await stack.pipelineDb.transaction(async (tx) => {
      await tx.query('create temporary table staging (tenant text, id text) on commit drop');
      const rows = textRows(['shantou', 'c\t1'], ['shenzhen', 'c\t1']);
      await copyRows(tx, 'copy staging (tenant, id) from stdin with (format binary)', rows);
      await tx.query('insert into call select tenant, id from staging on conflict do nothing');
    });
    expect(await count('shantou', 'call')).toBe(1);
    expect(await stack.pipelineDb.transaction((tx) => tx.query('select id from call'))).toEqual([
      { id: 'c\t1' },
      { id: 'c\t1' },
    ]);
  });

  it('S29 changes and removes none, and sees no other table', async () => {
    for (const sql of ['update call set id = id', 'delete from call', 'select 1 from document']) {
      expect(await failure(stack.pipelineDb.transaction((tx) => tx.query(sql)))).toBe('42501');
    }
  });

  it('COPY straight into a table under row security is refused by PostgreSQL', async () => {
    const work = stack.pipelineDb.transaction((tx) =>
      copyRows(
        tx,
        'copy call (tenant, id) from stdin with (format binary)',
        textRows(['shantou', '7']),
      ),
    );
    expect(await failure(work)).toBe('0A000');
  });
});
