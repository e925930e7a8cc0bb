/** The schema on both databases: up, down, up again; several processes at once; what every table keeps. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { migrations } from '../../migrations/index.js';
import { openDatabase, type Database } from '../../server/store/database.js';
import { databases, newSqliteFile } from '../support/databases.js';

const open: Database[] = [];
const opened = (url: string) => {
  const database = openDatabase(url, 4);
  open.push(database);
  return database;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((database) => database.close()));
});

const names = migrations.map(({ name }) => name);

describe.each(databases)('the schema on %s', (_name, newDatabase) => {
  it('goes up, down and up again', async () => {
    const database = opened(await newDatabase());
    expect(await database.pendingMigrations()).toEqual(names);
    expect(await database.migrate()).toEqual(names);
    expect(await database.pendingMigrations()).toEqual([]);
    const tables = await tablesOf(database);
    expect(tables).toContain('launches');
    expect(await database.migrateDown()).toEqual([...names].reverse());
    expect((await tablesOf(database)).filter((table) => !table.startsWith('migrations'))).toEqual([]);
    expect(await database.migrate()).toEqual(names);
    expect(await tablesOf(database)).toEqual(tables);
  });

  it('takes no step twice', async () => {
    const database = opened(await newDatabase());
    await database.migrate();
    expect(await database.migrate()).toEqual([]);
  });

  it('goes on after a process died in the middle and left its lock behind', async () => {
    const database = opened(await newDatabase());
    await database.migrate();
    await database.knex('migrations_lock').update({ is_locked: 1 });
    expect(await database.migrate()).toEqual([]);
  });

  it('has the indices that the counted statements need', async () => {
    const database = opened(await newDatabase());
    await database.migrate();
    const insertTwice = async () => {
      await database.knex('signing_keys').insert({
        id: 'x',
        purpose: 'lti',
        alg: 'RS256',
        state: 'next',
        public_jwk: '{}',
        sealed_private_jwk: '',
        created_at: 1,
      });
    };
    await insertTwice();
    await expect(insertTwice()).rejects.toThrow();
    const indexed = await indexedColumns(database);
    expect(indexed).toEqual(
      expect.arrayContaining([
        'launches.nonce_hash',
        'launches.purge_at',
        'oauth_artifacts.id_hash',
        'oauth_artifacts.launch_id',
        'oauth_artifacts.expires_at',
        'platforms.issuer',
        'deployments.platform_id',
      ]),
    );
  });
});

describe('two processes starting at once', () => {
  it.each([
    ...databases.filter(([name]) => name !== 'SQLite'),
    ['SQLite in a file', async () => newSqliteFile()] as const,
  ])('take each step once on %s', async (_name, newDatabase) => {
    const url = await newDatabase();
    const taken = await Promise.all(
      [opened(url), opened(url), opened(url)].map((database) => database.migrate()),
    );
    expect(taken.flat()).toEqual(names);
  });
});

async function tablesOf(database: Database): Promise<string[]> {
  const rows =
    database.client === 'sqlite'
      ? await database
          .knex('sqlite_master')
          .where({ type: 'table' })
          .whereNot('name', 'like', 'sqlite_%')
          .pluck('name')
      : await database.knex('pg_tables').where({ schemaname: 'public' }).pluck('tablename');
  return (rows as string[]).sort();
}

/** `table.column` for the first column of every index. */
async function indexedColumns(database: Database): Promise<string[]> {
  const sql =
    database.client === 'sqlite'
      ? `select m.tbl_name as t, i.name as c from sqlite_master m, pragma_index_info(m.name) i where m.type = 'index' and i.seqno = 0`
      : `select c.relname as t, a.attname as c from pg_index x join pg_class c on c.oid = x.indrelid
         join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]`;
  const result = await database.knex.raw(sql);
  const rows = (Array.isArray(result) ? result : result.rows) as { t: string; c: string }[];
  return rows.map(({ t, c }) => `${t}.${c}`);
}
