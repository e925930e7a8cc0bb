/** /healthz, /readyz and /metrics: for machines that look after the service, under whatever name they know it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApp } from '../server/app.js';
import { startBridge, type TestBridge } from './support/bridge.js';
import { bearer, sendRaw } from './support/requests.js';

const metricsToken = 'a-token-for-the-metrics-only-0123456789';

let bridge: TestBridge;
beforeAll(async () => {
  bridge = await startBridge({ METRICS_TOKEN: metricsToken });
});
afterAll(() => bridge.stop());

const get = (path: string, headers: Record<string, string> = {}) =>
  sendRaw({ bridge }, 'GET', path, { headers });

describe.each(['localhost', '10.1.2.3:8080', 'evil.example', 'bridge.internal:3000'])('under the name %s', (host) => {
  it('the process says that it lives', async () => {
    const { status, headers, body } = await get('/healthz', { host });
    expect([status, body]).toEqual([200, { status: 'ok' }]);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('it says that it can serve, and what it looked at', async () => {
    const { status, headers, body } = await get('/readyz', { host });
    expect([status, body]).toEqual([200, { status: 'ready', checks: { database: true, keys: true } }]);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('the metrics are there', async () => {
    expect((await get('/metrics', { host })).status).toBe(200);
  });

  it.each(['/healthz', '/readyz', '/metrics'])('%s answers HEAD, and no other method', async (path) => {
    const head = await sendRaw({ bridge }, 'HEAD', path, { headers: { host } });
    expect([head.status, head.text]).toEqual([200, '']);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status } = await sendRaw({ bridge }, method, path, { headers: { host } });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
  });
});

describe('readiness', () => {
  it('ends when the process is told to stop, while it still lives', async () => {
    const app = createApp(bridge.context, { isDraining: () => true });
    const server = createServer(app.callback());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'draining' }]);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    server.closeAllConnections();
    server.close();
  });

  it('needs the database and the keys', async () => {
    const broken = await startBridge();
    const { knex } = broken.context.database;
    await knex('signing_keys').delete();
    // Keys are read anew every five seconds, or when one is written.
    await broken.context.signingKeys.advance('lti', 'RS256', 0);
    const withoutKeys = await sendRaw({ bridge: broken }, 'GET', '/readyz');
    expect([withoutKeys.status, withoutKeys.body]).toEqual([
      503,
      { status: 'not ready', checks: { database: true, keys: false } },
    ]);
    await knex('migrations').delete();
    const behind = await sendRaw({ bridge: broken }, 'GET', '/readyz');
    expect(behind.body.checks.database).toBe(false);
    await knex.schema.dropTable('migrations_lock');
    await knex.schema.dropTable('migrations');
    const without = await sendRaw({ bridge: broken }, 'GET', '/readyz');
    expect([without.status, without.text.includes('SQL')]).toEqual([503, false]);
    expect((await sendRaw({ bridge: broken }, 'GET', '/healthz')).status).toBe(200);
    await broken.stop();
  });
});

describe('the metrics', () => {
  it('are Prometheus text, with requests counted by pattern and code', async () => {
    await get('/oauth/jwks', { host: new URL(bridge.url).host });
    await get('/some/address?with=values', { host: new URL(bridge.url).host });
    const { status, headers, text } = await get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(text).toMatch(/bridge_http_request_seconds_count\{route="\/oauth\/jwks",method="GET",status="200"\} \d+/);
    expect(text).toMatch(/bridge_http_request_seconds_count\{route="none",method="GET",status="404"\} \d+/);
    expect(text).toMatch(/bridge_refusals_total\{code="not_found"\} \d+/);
    expect(text).not.toContain('with=values');
  });

  it.each([
    ['x-forwarded-for', '127.0.0.1'],
    ['x-forwarded-for', '203.0.113.7'],
    ['forwarded', 'for=127.0.0.1'],
  ])('are kept from whoever comes through a proxy on this machine (%s: %s)', async (name, value) => {
    const { status, headers, text } = await get('/metrics', { [name]: value });
    expect(status).toBe(401);
    expect(text).not.toContain('bridge_http_request_seconds');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it('are told to whoever has the token, and to nobody with a wrong one', async () => {
    const forwarded = { 'x-forwarded-for': '203.0.113.7' };
    expect((await get('/metrics', { ...forwarded, ...bearer(metricsToken) })).status).toBe(200);
    for (const token of ['wrong', `${metricsToken}x`, bridge.context.config.adminToken]) {
      expect((await get('/metrics', { ...forwarded, ...bearer(token) })).status).toBe(401);
    }
  });

  it('have no token that fits where none is configured', async () => {
    const without = await startBridge();
    const forwarded = { 'x-forwarded-for': '203.0.113.7' };
    for (const token of ['undefined', 'null', 'x']) {
      const headers = { ...forwarded, ...bearer(token) };
      expect((await sendRaw({ bridge: without }, 'GET', '/metrics', { headers })).status).toBe(401);
    }
    expect((await sendRaw({ bridge: without }, 'GET', '/metrics')).status).toBe(200);
    await without.stop();
  });
});
