/** What every store promises, on both databases: above all what happens when two come at once. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSealer } from '../../server/lib/seal.js';
import { randomSecret, sha256 } from '../../server/lib/crypto.js';
import { ApplicationStore } from '../../server/store/applications.js';
import { CourseworkStore } from '../../server/store/coursework.js';
import { openDatabase, type Database } from '../../server/store/database.js';
import { DeploymentStore } from '../../server/store/deployments.js';
import { LaunchStore, type LaunchDetails } from '../../server/store/launches.js';
import { OAuthArtifactStore } from '../../server/store/oauth-artifacts.js';
import { PlatformStore, type Platform } from '../../server/store/platforms.js';
import { RefusedLaunchStore } from '../../server/store/refused-launches.js';
import { RosterStore } from '../../server/store/roster.js';
import { SigningKeyStore } from '../../server/store/signing-keys.js';
import { databases } from '../support/databases.js';
import { saveSelection } from '../support/selections.js';
import { TestClock } from '../support/bridge.js';

describe.each(databases)('on %s', (_name, newDatabase) => {
  let database: Database;
  let clock: TestClock;
  let needs: { database: Database; now: () => number };
  let applications: ApplicationStore;
  let platforms: PlatformStore;
  let deployments: DeploymentStore;
  let launches: LaunchStore;
  let artifacts: OAuthArtifactStore;
  let platform: Platform;
  let applicationId: string;

  beforeAll(async () => {
    database = openDatabase(await newDatabase(), 10);
    await database.migrate();
    clock = new TestClock();
    needs = { database, now: clock.now };
    applications = new ApplicationStore(needs);
    platforms = new PlatformStore(needs);
    deployments = new DeploymentStore(needs);
    launches = new LaunchStore({ ...needs, launchDays: 30 });
    artifacts = new OAuthArtifactStore({ ...needs, grantIdleDays: 400 });
    applicationId = (await applications.create(application())).application.id;
    platform = await platforms.create({ ...platformSettings, applicationId, state: 'active' });
  });
  afterAll(() => database.close());

  async function saveLaunch(): Promise<string> {
    const person = await new RosterStore(needs).savePerson({
      ...{
        id: randomUUID(),
        applicationId,
        identitySpace: 'space',
        ltiUserId: 'u',
        roles: [],
        sourcedId: null,
        locale: null,
      },
      ...{ name: null, givenName: null, familyName: null, middleName: null, email: null, pictureUrl: null },
    });
    const deployment = await deployments.learn(platform.id, 'one', 'active');
    const id = randomUUID();
    const launch = {
      ...{ id, applicationId, platformId: platform.id, deploymentId: deployment.id, personId: person.id },
      ...{ classId: null, assignmentId: null, selectionId: null, messageType: 'LtiResourceLinkRequest' },
      ...{ intent: 'login' as const, details: {} as LaunchDetails, scope: 'openid' },
    };
    expect(await launches.insert(launch, { nonceHash: sha256(id) }, '{}')).toBe(true);
    return id;
  }

  describe('applications', () => {
    it('come back as they were saved, with changes, and page by id', async () => {
      const { application: saved } = await applications.create(
        application({ redirectUris: ['https://a.example/1', 'https://a.example/2'] }),
      );
      expect(await applications.find(saved.id)).toEqual(saved);
      const changed = await applications.update(saved.id, { name: 'Renamed' });
      expect(changed).toMatchObject({ name: 'Renamed', redirectUris: saved.redirectUris });
      const all = await applications.list({ limit: 100 });
      const [first] = await applications.list({ limit: 1 });
      expect(first).toEqual(all[0]);
      expect(await applications.list({ limit: 100, after: first!.id })).toEqual(all.slice(1));
    });

    it('keep secrets as hashes only, and end the older ones when told to', async () => {
      const { application: saved, secret } = await applications.create(application());
      const next = await applications.rotateSecret(saved.id, clock.now() + 60_000);
      expect((await applications.findForOAuth(saved.id))!.secretHashes.sort()).toEqual(
        [sha256(secret!), sha256(next)].sort(),
      );
      clock.advance(61);
      const later = new ApplicationStore(needs);
      expect((await later.findForOAuth(saved.id))!.secretHashes).toEqual([sha256(next)]);
      const dump = JSON.stringify(await database.knex('application_secrets'));
      expect(dump).not.toContain(secret!);
      expect(dump).not.toContain(next);
    });

    it('are gone with everything of theirs', async () => {
      const { application: saved } = await applications.create(application());
      await platforms.create({ ...platformSettings, applicationId: saved.id, state: 'active' });
      expect(await applications.delete(saved.id)).toBe(true);
      expect(await applications.findForOAuth(saved.id)).toBeUndefined();
      expect(await platforms.list({ limit: 10, applicationId: saved.id })).toEqual([]);
      expect(await applications.delete(saved.id)).toBe(false);
    });
  });

  describe('platforms', () => {
    it('come back as they were saved, with true and false and lists', async () => {
      const saved = await platforms.create({
        ...platformSettings,
        allowAnonymous: true,
        frameOrigins: ['https://x.example'],
        applicationId,
        state: 'pending',
      });
      const fresh = new PlatformStore(needs);
      expect(await fresh.find(saved.id)).toEqual(saved);
      expect(await platforms.update(saved.id, { allowAnonymous: false, state: 'active' })).toMatchObject({
        allowAnonymous: false,
        state: 'active',
      });
    });

    it('are found by the exact issuer only', async () => {
      const issuer = 'https://exact.example';
      const saved = await platforms.create({ ...platformSettings, issuer, applicationId, state: 'active' });
      expect(await platforms.findByIssuer(issuer, undefined)).toEqual([saved]);
      expect(await platforms.findByIssuer(`${issuer}/`, undefined)).toEqual([]);
      expect(await platforms.findByIssuer('https://EXACT.example', undefined)).toEqual([]);
      expect(await platforms.findByIssuer(issuer, 'other')).toEqual([]);
    });
  });

  describe('deployments', () => {
    it('learnt twice at once are one', async () => {
      const learnt = await Promise.all(
        Array.from({ length: 8 }, () => deployments.learn(platform.id, 'twice', 'active')),
      );
      expect(new Set(learnt.map(({ id }) => id)).size).toBe(1);
    });

    it('fix their identity space once, whoever comes first', async () => {
      const deployment = await deployments.learn(platform.id, 'space', 'active');
      const fixed = await Promise.all(
        ['a', 'b', 'c', 'd'].map((space) => deployments.fixIdentitySpace(deployment, space)),
      );
      expect(new Set(fixed.map(({ identitySpace }) => identitySpace)).size).toBe(1);
      const again = await deployments.fixIdentitySpace(deployment, 'later');
      expect(again.identitySpace).toBe(fixed[0]!.identitySpace);
    });
  });

  describe('launches', () => {
    it('spend a nonce once, however many come at once', async () => {
      const id = await saveLaunch();
      const launch = (await launches.find(id))!;
      const nonceHash = sha256(randomSecret());
      const inserted = await Promise.all(
        Array.from({ length: 10 }, () =>
          launches.insert({ ...launch, id: randomUUID() }, { nonceHash }, '{}'),
        ),
      );
      expect(inserted.filter(Boolean)).toHaveLength(1);
    });
  });

  describe('codes and tokens', () => {
    it('are kept under the hash of their value and come back with their grant', async () => {
      const launchId = await saveLaunch();
      const value = randomSecret();
      expect(
        await artifacts.insert('AccessToken', value, launchId, { scope: 'openid' }, clock.now() + 1_000),
      ).toBe(true);
      expect(await artifacts.find('AccessToken', value)).toMatchObject({
        payload: { scope: 'openid' },
        grant: { launchId, applicationId },
      });
      expect(await artifacts.find('RefreshToken', value)).toBeUndefined();
      expect(JSON.stringify(await database.knex('oauth_artifacts'))).not.toContain(value);
    });

    it('are consumed by exactly one of many', async () => {
      const value = randomSecret();
      await artifacts.insert('AuthorizationCode', value, await saveLaunch(), {}, null);
      const winners = await Promise.all(
        Array.from({ length: 20 }, () => artifacts.consume('AuthorizationCode', value)),
      );
      expect(winners.filter(Boolean)).toHaveLength(1);
    });

    it('of a revoked grant are neither found nor saved', async () => {
      const launchId = await saveLaunch();
      const before = randomSecret();
      await artifacts.insert('RefreshToken', before, launchId, {}, null);
      await launches.revokeGrant(launchId);
      expect(await artifacts.find('RefreshToken', before)).toBeUndefined();
      expect(await artifacts.insert('AccessToken', randomSecret(), launchId, {}, null)).toBe(false);
      expect(await artifacts.insert('AccessToken', randomSecret(), randomUUID(), {}, null)).toBe(false);
    });

    it('of a grant that was not used for too long are not found', async () => {
      const patient = new TestClock();
      const idle = new OAuthArtifactStore({ database, now: patient.now, grantIdleDays: 400 });
      const value = randomSecret();
      await idle.insert('RefreshToken', value, await saveLaunch(), {}, null);
      patient.advance(399 * 86_400);
      expect(await idle.find('RefreshToken', value)).toBeDefined();
      patient.advance(2 * 86_400);
      expect(await idle.find('RefreshToken', value)).toBeUndefined();
    });
  });

  describe('assignments', () => {
    it('that turn out to be one keep the older id, through any number of aliases', async () => {
      const coursework = new CourseworkStore(needs);
      const [older, younger, alias] = [randomUUID(), randomUUID(), randomUUID()];
      for (const id of [older, younger])
        await coursework.saveAssignment({ ...assignment, id, applicationId });
      await coursework.saveAlias(alias, younger);
      await Promise.all([coursework.join(younger, older), coursework.join(younger, older)]);
      for (const key of [older, younger, alias]) {
        const known = await launches.findKnown({ ...noKeys, applicationId, resourceLinkKey: key });
        expect(known.byResourceLink?.id).toBe(older);
      }
    });

    it('find a selection of their own application only', async () => {
      const selectionId = await saveSelection(database, applicationId, '{"a":1}');
      expect((await launches.findKnown({ ...noKeys, applicationId, selectionId })).selectionId).toBe(
        selectionId,
      );
      expect(
        (await launches.findKnown({ ...noKeys, applicationId: randomUUID(), selectionId })).selectionId,
      ).toBeUndefined();
    });
  });

  describe('signing keys', () => {
    it('are sealed, bound to their row, and useless under another SECRET_KEY', async () => {
      const key = {
        id: 'kid-1',
        purpose: 'oauth',
        alg: 'ES256',
        state: 'current',
        publicJwk: { kid: 'kid-1' },
        privateJwk: { d: 'the-private-part' },
      } as const;
      const store = new SigningKeyStore({
        ...needs,
        sealer: createSealer([Buffer.alloc(32, 1)], 'signing keys'),
      });
      await store.insert(key);
      expect((await store.list('oauth'))[0]).toMatchObject({
        id: 'kid-1',
        privateJwk: { d: 'the-private-part' },
      });
      expect(JSON.stringify(await database.knex('signing_keys'))).not.toContain('the-private-part');
      const stranger = new SigningKeyStore({
        ...needs,
        sealer: createSealer([Buffer.alloc(32, 2)], 'signing keys'),
      });
      await expect(stranger.list('oauth')).rejects.toThrow('SECRET_KEY');
      await database.knex('signing_keys').where({ id: 'kid-1' }).update({ id: 'kid-2' });
      const moved = new SigningKeyStore({
        ...needs,
        sealer: createSealer([Buffer.alloc(32, 1)], 'signing keys'),
      });
      await expect(moved.list('oauth')).rejects.toThrow('cannot be opened');
    });
  });

  describe('refused launches', () => {
    it('are kept up to a number a minute, so that a flood does not fill the disk', async () => {
      const refused = new RefusedLaunchStore(needs);
      const one = {
        reference: 'AAAA-BBBB',
        platformId: null,
        code: 'launch_replayed',
        detail: null,
        nonceHash: null,
      };
      // From the start of a minute on: the number is counted by the minutes of the clock.
      clock.advance(60 - ((clock.now() / 1_000) % 60));
      for (let index = 0; index < 150; index += 1) await refused.save(one);
      expect(await refused.list({ limit: 200, reference: 'AAAA-BBBB' })).toHaveLength(120);
      clock.advance(61);
      await refused.save({ ...one, reference: 'CCCC-DDDD' });
      expect(await refused.list({ limit: 200, reference: 'CCCC-DDDD' })).toHaveLength(1);
    });
  });

  describe('a transaction', () => {
    it('takes back everything when its work fails, and whatever asks the database inside it takes part', async () => {
      const before = (await applications.list({ limit: 200 })).length;
      const failing = database.transaction(async () => {
        await applications.create(application());
        expect(await applications.list({ limit: 200 })).toHaveLength(before + 1);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await applications.list({ limit: 200 })).toHaveLength(before);
    });
  });
});

function application(changes: object = {}) {
  return {
    name: 'Stored',
    redirectUris: ['https://app.example/callback'],
    launchMode: 'code' as const,
    tokenEndpointAuthMethod: 'client_secret_basic' as const,
    idTokenSignedResponseAlg: 'RS256' as const,
    ...changes,
  };
}

const platformSettings = {
  name: 'Stored',
  issuer: 'https://lms.example',
  clientId: 'client',
  authorizationEndpoint: 'https://lms.example/authorize',
  tokenEndpoint: null,
  jwksUri: 'https://lms.example/keys',
  product: null,
  deploymentPolicy: 'auto' as const,
  allowAnonymous: false,
  privacyLevel: 'public' as const,
  redirectUri: null,
  frameOrigins: [],
  idTokenAlgs: ['RS256'],
};

const assignment = {
  identitySpace: 'space',
  classId: null,
  resourceLinkId: null,
  lineItemUrl: null,
  title: null,
  description: null,
};

const noKeys = {
  personId: 'nobody',
  classId: null,
  resourceLinkKey: null,
  lineItemKey: null,
  selectionId: null,
};
