/** Fresh databases for tests: SQLite in memory or in a file, PostgreSQL on the server of global-setup.mjs. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** @returns the URL of a new, empty database */
export async function newPostgres(): Promise<string> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) throw new Error('no PostgreSQL for tests: run them by `npm test`, or set TEST_DATABASE_URL');
  const name = `bridge_test_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

export function newSqliteFile(): string {
  return `sqlite:${join(mkdtempSync(join(tmpdir(), 'lti-bridge-test-')), 'bridge.sqlite')}`;
}

/** Both kinds, for suites that every database must pass. The second one needs PostgreSQL (not in the quick suite). */
export const databases: [name: string, open: () => Promise<string>][] =
  process.env.QUICK === 'true'
    ? [['SQLite', async () => 'sqlite::memory:']]
    : [
        ['SQLite', async () => 'sqlite::memory:'],
        ['PostgreSQL', newPostgres],
      ];
