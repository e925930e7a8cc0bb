/** The sandbox on a listener of its own, with its rows in memory, as app.ts serves it beside the bridge. */
import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import Koa from 'koa';
import { assets } from '../../../server/http/assets.js';
import { door } from '../../../server/http/doors.js';
import { byHost } from '../../../server/http/hosts.js';
import { createPages } from '../../../server/http/pages.js';
import { requestLog } from '../../../server/http/request-state.js';
import { createLogger } from '../../../server/lib/logger.js';
import { createMetrics } from '../../../server/lib/metrics.js';
import { createSealer } from '../../../server/lib/seal.js';
import { createSandbox, type SandboxNeeds } from '../../../server/sandbox/index.js';
import { ApplicationStore } from '../../../server/store/applications.js';
import { asStorageError, openDatabase, type Database } from '../../../server/store/database.js';
import { DeploymentStore } from '../../../server/store/deployments.js';
import { LaunchStore } from '../../../server/store/launches.js';
import { PlatformStore } from '../../../server/store/platforms.js';
import { RefusedLaunchStore } from '../../../server/store/refused-launches.js';
import { SigningKeyStore } from '../../../server/store/signing-keys.js';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  form?: Record<string, string>;
}

/** The stores as one process has them. */
export function storesOn(database: Database) {
  const needs = { database, now: Date.now };
  return {
    applications: new ApplicationStore(needs),
    platforms: new PlatformStore(needs),
    deployments: new DeploymentStore(needs),
    signingKeys: new SigningKeyStore({ ...needs, sealer: createSealer([Buffer.alloc(32, 7)], 'test') }),
    launches: new LaunchStore({ ...needs, launchDays: 30 }),
    refusedLaunches: new RefusedLaunchStore(needs),
  };
}

export async function serveSandbox(changes: Partial<SandboxNeeds> = {}) {
  const root = resolve(import.meta.dirname, '../../..');
  const database = openDatabase('sqlite::memory:', 1);
  await database.migrate();
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const stores = storesOn(database);
  const lmsUrl = `http://lms.localhost:${port}`;
  const appUrl = `http://app.localhost:${port}`;
  const sandbox = createSandbox({
    publicUrl: 'http://bridge.localhost:1',
    lmsUrl,
    appUrl,
    ...stores,
    pages: createPages(root),
    clientSecret: 'a secret for tests',
    now: Date.now,
    ...changes,
  });
  const common = { logger: createLogger('silent'), metrics: createMetrics() };
  const app = new Koa();
  app.silent = true;
  app.use(requestLog({ ...common, trustedProxies: 0 }));
  app.use(assets(root));
  app.use(
    door({ ...common, asStorageError }, (ctx, error) => {
      ctx.body = { code: error.code };
    }),
  );
  app.use(byHost(sandbox.sites));
  const handle = app.callback();
  server.on('request', (request, response) => void handle(request, response));

  return {
    sandbox,
    stores,
    lmsUrl,
    appUrl,
    /** Node does not resolve names under .localhost: the name goes into the Host header. */
    async ask(url: string, { method, headers, form }: Ask = {}): Promise<Answer> {
      const { pathname, search, host } = new URL(url);
      const body = form && new URLSearchParams(form).toString();
      const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
      const asked = httpRequest({
        host: '127.0.0.1',
        port,
        path: pathname + search,
        method: method ?? (form ? 'POST' : 'GET'),
        headers: { host, ...type, ...headers },
      });
      asked.end(body);
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      return {
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        body: Buffer.concat(chunks).toString(),
      };
    },
    async close() {
      await sandbox.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await database.close();
    },
  };
}

/** The hidden fields and the address of the first form of a page. */
export function readForm(html: string): { action: string; fields: Record<string, string> } {
  const action = /<form[^>]* action="([^"]*)"/.exec(html)?.[1] ?? '';
  const inputs = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  const fields = Array.from(inputs, ([, name, value]) => [unescapeHtml(name!), unescapeHtml(value!)]);
  return { action: unescapeHtml(action), fields: Object.fromEntries(fields) as Record<string, string> };
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
