/** With the database away every door says so in its own words, soon, and says nothing else. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startProduction, type ProductionBridge } from '../support/production.js';
import { basic, bearer, sendRaw } from '../support/requests.js';

const id = '00000000-0000-4000-8000-000000000000';

let production: ProductionBridge;
beforeAll(async () => {
  production = await startProduction();
});
afterAll(async () => {
  await production.bridge.stop();
});

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const token = (path: string) =>
  sendRaw(production, 'POST', path, {
    headers: { ...form, ...basic(id, 'secret') },
    body: 'grant_type=authorization_code&code=x',
  });
const withoutInternals = /sqlite|select |knex|node_modules|at .*\.(ts|js):\d|no such table|SQLITE|Error:/i;

describe('with a table gone, a fault of ours,', () => {
  beforeAll(async () => {
    const { knex } = production.bridge.context.database;
    await knex.schema.dropTable('application_secrets');
    await knex.raw('pragma foreign_keys = off');
    await knex.schema.dropTable('oauth_artifacts');
    await knex.schema.renameTable('applications', 'applications_elsewhere');
  });
  afterAll(async () => {
    await production.bridge.context.database.knex.schema.renameTable('applications_elsewhere', 'applications');
  });

  it('an application is told server_error', async () => {
    const { status, body, text } = await token('/oauth/token');
    expect([status, body.error]).toEqual([500, 'server_error']);
    expect(text).not.toMatch(withoutInternals);
  });

  it('an application that wants the envelope is told so in both ways', async () => {
    const { status, body, text } = await token('/api/authentication/token');
    expect(status).toBe(500);
    expect(body).toEqual({
      error: 'server_error',
      error_description: expect.any(String),
      $errors: [{ code: expect.any(String), message: expect.any(String) }],
      $request: expect.any(String),
    });
    expect(text).not.toMatch(withoutInternals);
  });

  it('the API says INTERNAL', async () => {
    const { status, body, text } = await sendRaw(production, 'GET', '/api/v2/my/profile', { headers: bearer('x') });
    expect([status, body.$errors[0].code]).toEqual([500, 'INTERNAL']);
    expect(text).not.toMatch(withoutInternals);
  });

  it('the operator is told a reference, and finds the fault in the log', async () => {
    const { status, body, text } = await production.admin('GET', 'applications');
    expect([status, body.error]).toEqual([500, 'internal_error']);
    expect(text).not.toMatch(withoutInternals);
    const line = production.bridge.logLines.find((one) => one.includes(body.reference))!;
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      event: 'failed',
      code: 'internal_error',
    });
    // Drivers put statements and values into their messages.
    expect(line).not.toMatch(/select|no such table/);
  });
});

describe('with the database away', () => {
  beforeAll(async () => {
    // What a driver throws then; the one connection of SQLite in memory cannot be lost.
    const { database } = production.bridge.context;
    await database.close();
    Object.defineProperty(database, 'knex', {
      get() {
        throw Object.assign(new Error('connect to 10.0.0.9'), { code: 'ECONNREFUSED' });
      },
    });
  });

  it.each(['/oauth/token', '/api/authentication/token', '/oauth/introspect', '/oauth/revoke'])(
    '%s answers 503 with the moment to come back',
    async (path) => {
      const { status, headers, body, text } = await token(path);
      expect([status, body.error]).toEqual([503, 'temporarily_unavailable']);
      expect(headers.get('retry-after')).toBe('5');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(text).not.toContain('10.0.0.9');
      if (path.startsWith('/api/')) expect(body.$errors[0].message).toEqual(expect.any(String));
    },
  );

  it('the API answers 503 in its envelope', async () => {
    const { status, headers, body } = await sendRaw(production, 'GET', '/api/v2/my/profile', { headers: bearer('x') });
    expect([status, body.$errors[0].code]).toEqual([503, 'INTERNAL']);
    expect(headers.get('retry-after')).toBe('5');
  });

  it('the operator’s API answers 503', async () => {
    const { status, body } = await production.admin('GET', 'platforms');
    expect([status, body.error]).toEqual([503, 'storage_unavailable']);
  });

  it('a person sees a page with one sentence, one thing to do and a reference', async () => {
    const { status, headers, text } = await sendRaw(
      production,
      'GET',
      '/lti/login?iss=https://lms.example&login_hint=x&target_link_uri=https://x.example',
    );
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('5');
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(text).toContain('storage_unavailable');
    expect(text).not.toContain('10.0.0.9');
  });

  it('the process lives and is not ready', async () => {
    expect((await sendRaw(production, 'GET', '/healthz')).status).toBe(200);
    const { status, body } = await sendRaw(production, 'GET', '/readyz');
    expect([status, body.checks.database]).toEqual([503, false]);
  });
});
