/**
 * Opens the database (SQLite or PostgreSQL through knex), runs migrations under a lock that dies with its process, and
 * hands out the current unit of work.
 *
 * SQLite has one connection per process. Whatever runs inside `transaction` must therefore use that transaction: stores
 * always ask `database.knex`, which is the transaction while one is running in this asynchronous context.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { types } from 'node:util';
import createKnex, { type Knex } from 'knex';
import pg from 'pg';
import { migrations } from '../../migrations/index.js';
import { BridgeError } from '../lib/errors.js';

export interface Database {
  readonly client: 'sqlite' | 'postgres';
  /** The running transaction of this asynchronous context, else the pool. */
  readonly knex: Knex;
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Runs `work` while no other process on this database does, whatever happens to them. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Brings the schema to the newest step; returns the names of the steps taken. */
  migrate(): Promise<string[]>;
  /** Takes back the last batch of steps. */
  migrateDown(): Promise<string[]>;
  /** The names of steps that are not taken yet. */
  pendingMigrations(): Promise<string[]>;
  close(): Promise<void>;
}

const acquireTimeout = 4_000;
const statementTimeout = 4_000;

/**
 * @param url `sqlite:<path>`, `sqlite::memory:` or `postgres://…`
 * @param poolMax connections to PostgreSQL; SQLite always has one
 */
export function openDatabase(url: string, poolMax: number): Database {
  const client = url.startsWith('sqlite:') ? 'sqlite' : 'postgres';
  const pool = createKnex(client === 'sqlite' ? sqliteConfig(url) : postgresConfig(url, poolMax));
  const running = new AsyncLocalStorage<Knex.Transaction>();

  const database: Database = {
    client,
    get knex() {
      return running.getStore() ?? pool;
    },
    async transaction(work) {
      if (running.getStore()) return work();
      return pool.transaction((transaction) => running.run(transaction, work));
    },
    exclusive: (work) => (client === 'sqlite' ? withSqliteLock(url, work) : withAdvisoryLock(url, work)),
    async migrate() {
      // Whoever holds the exclusive lock is alone; a lock row left behind by a killed process means nothing.
      return database.exclusive(async () => {
        await pool.migrate.forceFreeMigrationsLock(migrationConfig);
        const [, taken] = (await pool.migrate.latest(migrationConfig)) as [number, string[]];
        return taken;
      });
    },
    async migrateDown() {
      return database.exclusive(async () => {
        const [, taken] = (await pool.migrate.rollback(migrationConfig)) as [number, string[]];
        return taken;
      });
    },
    async pendingMigrations() {
      const [, pending] = (await pool.migrate.list(migrationConfig)) as [
        unknown,
        { name?: string }[] | string[],
      ];
      return pending.map((step) => (typeof step === 'string' ? step : String(step.name ?? step)));
    },
    close: () => pool.destroy(),
  };
  return database;
}

const migrationConfig: Knex.MigratorConfig = {
  tableName: 'migrations',
  migrationSource: {
    getMigrations: async () => migrations,
    getMigrationName: (migration: (typeof migrations)[number]) => migration.name,
    getMigration: async (migration: (typeof migrations)[number]) => migration,
  },
};

/** What knex would print is thrown too, and its lines may show values. */
const silent = { warn() {}, error() {}, deprecate() {}, debug() {} };

function sqliteConfig(url: string): Knex.Config {
  const filename = sqliteFile(url);
  return {
    client: 'sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    log: silent,
    acquireConnectionTimeout: acquireTimeout,
    pool: {
      min: 1,
      max: 1,
      afterCreate(connection: SqliteConnection, done: (error: Error | null) => void) {
        // FULL: what was spent once stays spent after a power cut too. busy_timeout: other processes write as well.
        connection.exec(
          'pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 4000; pragma foreign_keys = on;',
          done,
        );
      },
    },
  };
}

function postgresConfig(url: string, poolMax: number): Knex.Config {
  return {
    client: 'pg',
    log: silent,
    acquireConnectionTimeout: acquireTimeout,
    pool: { min: 0, max: poolMax },
    connection: {
      connectionString: url,
      connectionTimeoutMillis: acquireTimeout,
      statement_timeout: statementTimeout,
      query_timeout: statementTimeout + 500,
      application_name: 'lti-bridge',
      // Times are milliseconds in bigint columns, exact in a double for the next 285,000 years.
      types: {
        getTypeParser: (oid: number, format: 'text' | 'binary') =>
          oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
      },
    } as Knex.PgConnectionConfig,
  };
}

interface SqliteConnection {
  exec(sql: string, done: (error: Error | null) => void): void;
}

function sqliteFile(url: string): string {
  const path = url.slice('sqlite:'.length);
  if (path === ':memory:') return path;
  const file = resolve(path);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

/** An exclusive transaction on a file of its own: the system drops it with the process, so it can not be left behind. */
async function withSqliteLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  const file = sqliteFile(url);
  if (file === ':memory:') return work();
  const lock = createKnex({
    client: 'sqlite3',
    connection: { filename: `${file}.lock` },
    useNullAsDefault: true,
  });
  try {
    await lock.raw('pragma busy_timeout = 60000');
    await lock.raw('begin exclusive');
    return await work();
  } finally {
    await lock.destroy();
  }
}

/** A session-level advisory lock on a connection of its own; the server drops it with the connection. */
async function withAdvisoryLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  const lock = createKnex({
    client: 'pg',
    log: silent,
    connection: { connectionString: url, connectionTimeoutMillis: acquireTimeout },
    pool: { min: 1, max: 1 },
  });
  try {
    await lock.raw('select pg_advisory_lock(?)', [advisoryLockId]);
    return await work();
  } finally {
    await lock.destroy();
  }
}

/** "LTIB" as a number; any constant does, as long as every process uses the same. */
const advisoryLockId = 0x4c544942;

/**
 * storage_unavailable for what a driver throws when the database is away, overloaded or locked; undefined for faults of
 * our own, such as a broken constraint.
 */
export function asStorageError(error: unknown): BridgeError | undefined {
  // Not instanceof: a driver's errors may come from another realm.
  if (!types.isNativeError(error)) return undefined;
  const code = String((error as { code?: unknown }).code ?? '');
  const away =
    error.name === 'KnexTimeoutError' ||
    /^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|SQLITE_BUSY|SQLITE_LOCKED|SQLITE_IOERR|SQLITE_FULL)$/.test(
      code,
    ) ||
    // 08 connection, 53 resources, 57 operator intervention (shutdown, statement timeout), 25006 read only
    /^(08|53|57)\w{3}$|^25006$/.test(code) ||
    /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Connection ended/.test(
      error.message,
    );
  return away
    ? new BridgeError('storage_unavailable', { detail: code || error.name, cause: error })
    : undefined;
}

/** True when a row was written whose parent was deleted a moment ago, by another process for one. */
export function isOrphan(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return code === '23503' || (code === 'SQLITE_CONSTRAINT' && String(message).includes('FOREIGN KEY'));
}

/** True when an insert met a row that is there already. */
export function isUniqueViolation(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === '23505' || (code === 'SQLITE_CONSTRAINT' && String(message).includes('UNIQUE'));
}
