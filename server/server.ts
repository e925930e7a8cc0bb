/** The HTTP server: limits for slow and oversized requests, and an end that drops nobody. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.js';
import type { Context } from './context.js';

export interface RunningServer {
  port: number;
  /** Says "not ready" and goes on for DRAIN_SECONDS, then lets requests under way finish, for `graceMs` at most. */
  stop(graceMs?: number): Promise<void>;
}

export async function startServer(context: Context): Promise<RunningServer> {
  let draining = false;
  const app = createApp(context, { isDraining: () => draining });
  const handle = app.callback();
  const server = createServer(
    // Canvas' hints reach 8 kB each and come in the address.
    { maxHeaderSize: 64 * 1024, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 },
    (request, response) => {
      if (draining) response.setHeader('Connection', 'close');
      void handle(request, response);
    },
  );
  server.maxHeadersCount = 100;
  server.listen(context.config.port, context.config.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop(graceMs = 10_000) {
      draining = true;
      await delay(context.config.drainSeconds * 1_000);
      await close(server, graceMs);
    },
  };
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const forced = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(forced);
}
