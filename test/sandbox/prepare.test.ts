import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPages } from '../../server/http/pages.js';
import { sha256 } from '../../server/lib/crypto.js';
import {
  sandboxApplicationId,
  sandboxDeploymentId,
  sandboxPlatformId,
} from '../../server/sandbox/identifiers.js';
import { createSandbox } from '../../server/sandbox/index.js';
import { openDatabase, type Database } from '../../server/store/database.js';
import { storesOn } from './support/sites.js';

describe('preparing the sandbox', () => {
  let folder: string;
  let databases: Database[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
    databases = [];
  });
  afterEach(async () => {
    await Promise.all(databases.map((database) => database.close()));
    await rm(folder, { recursive: true });
  });

  it('makes the application, the platform, the deployment and one key', async () => {
    const process = await startProcess();
    await process.sandbox.prepare();
    expect(await process.stores.applications.find(sandboxApplicationId)).toMatchObject({
      redirectUris: ['http://app.localhost:3000/callback'],
      launchMode: 'code',
    });
    expect(await process.stores.platforms.find(sandboxPlatformId)).toMatchObject({
      applicationId: sandboxApplicationId,
      state: 'active',
      issuer: 'http://lms.localhost:3000',
      authorizationEndpoint: 'http://lms.localhost:3000/lti/authorize',
      jwksUri: 'http://lms.localhost:3000/lti/keys',
    });
    const deployment = await process.stores.deployments.findByDeploymentId(
      sandboxPlatformId,
      sandboxDeploymentId,
    );
    expect(deployment?.state).toBe('active');
    expect(await process.secretIsGood('first secret')).toBe(true);
    expect(await process.stores.signingKeys.list('sandbox')).toHaveLength(1);
  });

  it('changes nothing the second time, and leaves alone what an operator changed', async () => {
    const process = await startProcess();
    await process.sandbox.prepare();
    await process.stores.platforms.update(sandboxPlatformId, {
      privacyLevel: 'anonymous',
      state: 'suspended',
    });
    const before = await process.stores.platforms.find(sandboxPlatformId);
    await process.sandbox.prepare();
    expect(await process.stores.platforms.find(sandboxPlatformId)).toEqual(before);
    expect(await process.stores.signingKeys.list('sandbox')).toHaveLength(1);
  });

  it('follows the addresses and the secret', async () => {
    await (await startProcess()).sandbox.prepare();
    const later = await startProcess({
      lmsUrl: 'http://lms.localhost:4000',
      appUrl: 'http://app.localhost:4000',
      clientSecret: 'second secret',
    });
    await later.sandbox.prepare();
    expect((await later.stores.platforms.find(sandboxPlatformId))?.issuer).toBe('http://lms.localhost:4000');
    expect((await later.stores.applications.find(sandboxApplicationId))?.redirectUris).toEqual([
      'http://app.localhost:4000/callback',
    ]);
    // Processes that started with the first secret go on, and this one has a secret of its own.
    expect(await later.secretIsGood('first secret')).toBe(true);
    expect((await later.stores.applications.findForOAuth(sandboxApplicationId))?.secretHashes).toHaveLength(
      2,
    );
  });

  it('lets two processes prepare one database at the same time', async () => {
    const [first, second] = [await startProcess(), await startProcess()];
    await Promise.all([first.sandbox.prepare(), second.sandbox.prepare()]);
    for (const process of [first, second]) {
      expect(await process.stores.signingKeys.list('sandbox')).toHaveLength(1);
      expect(await process.secretIsGood('first secret')).toBe(true);
    }
    // The one that comes second may have to wait until its cache of keys, five seconds old, is read again.
  }, 20_000);

  /** What one process has: a connection, stores and a sandbox. */
  async function startProcess(changes: { lmsUrl?: string; appUrl?: string; clientSecret?: string } = {}) {
    const database = openDatabase(`sqlite:${join(folder, 'bridge.sqlite')}`, 1);
    databases.push(database);
    await database.migrate();
    const stores = storesOn(database);
    const sandbox = createSandbox({
      publicUrl: 'http://localhost:3000',
      lmsUrl: 'http://lms.localhost:3000',
      appUrl: 'http://app.localhost:3000',
      pages: createPages('.'),
      clientSecret: 'first secret',
      now: Date.now,
      ...stores,
      ...changes,
    });
    return {
      stores,
      sandbox,
      async secretIsGood(secret: string): Promise<boolean> {
        const found = await stores.applications.findForOAuth(sandboxApplicationId);
        return found?.secretHashes.includes(sha256(secret)) ?? false;
      },
    };
  }
});
