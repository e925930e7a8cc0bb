/** The real bridge, in this process, on a free port: tests talk to it over HTTP and may look into its context. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { readConfig, type Environment } from '../../server/config.js';
import { createContext, type Context, type Overrides } from '../../server/context.js';
import { createLogger } from '../../server/lib/logger.js';
import { startServer } from '../../server/server.js';

export interface TestBridge {
  url: string;
  context: Context;
  /** Every line the bridge has logged. */
  logLines: string[];
  /** Calls the operator's API and returns status and JSON. */
  admin(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A clock that tests move. */
export class TestClock {
  offset = 0;
  readonly now = () => Date.now() + this.offset;
  advance(seconds: number): void {
    this.offset += seconds * 1_000;
  }
}

export async function startBridge(
  environment: Environment = {},
  overrides: Overrides = {},
): Promise<TestBridge> {
  const folder = mkdtempSync(join(tmpdir(), 'lti-bridge-test-'));
  const port = await freePort();
  const config = readConfig({
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    DATA_DIR: folder,
    DATABASE_URL: 'sqlite::memory:',
    SANDBOX: 'false',
    LOG_LEVEL: 'info',
    ...environment,
  });
  const logLines: string[] = [];
  const logger = createLogger(config.logLevel, { write: (line) => logLines.push(line) });
  const context = createContext(config, { logger, ...overrides });
  await context.prepare();
  const server = await startServer(context);

  return {
    url: config.publicUrl,
    context,
    logLines,
    async admin(method, path, body) {
      const response = await fetch(`${config.publicUrl}/admin/api/${path}`, {
        method,
        headers: { authorization: `Bearer ${config.adminToken}`, 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
    async stop() {
      await server.stop(2_000);
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
