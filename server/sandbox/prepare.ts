/**
 * Makes the rows that the sandbox needs, once: its signing key, the demonstration application, and the sandbox LMS as
 * that application's platform. Several processes may do so at the same time on one database; whoever comes second finds
 * the row there and goes on with it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { sha256 } from '../lib/crypto.js';
import type { ApplicationStore } from '../store/applications.js';
import { isUniqueViolation } from '../store/database.js';
import type { DeploymentStore } from '../store/deployments.js';
import type { PlatformStore } from '../store/platforms.js';
import type { SigningKeyStore } from '../store/signing-keys.js';
import { sandboxApplicationId, sandboxKeyId, sandboxPlatformId } from './identifiers.js';
import { generatePlatformKey, type PlatformKey, type SimulatedPlatform } from './lms/platform.js';
import { platformAddresses, platformRow } from './platform-row.js';

export interface PrepareNeeds {
  appUrl: string;
  applications: ApplicationStore;
  platforms: PlatformStore;
  deployments: DeploymentStore;
  signingKeys: SigningKeyStore;
  clientSecret: string;
  now: () => number;
}

export interface Prepared {
  clientId: string;
  clientSecret: string;
}

/** @returns what the demonstration application signs in with. */
export async function prepareRows(needs: PrepareNeeds, platform: SimulatedPlatform): Promise<Prepared> {
  await prepareKey(needs.signingKeys);
  const clientSecret = await prepareApplication(needs);
  await preparePlatform(needs, platform);
  await needs.deployments.learn(sandboxPlatformId, platform.deploymentId, 'active');
  return { clientId: sandboxApplicationId, clientSecret };
}

/** The sandbox's keys as they are stored, the one that signs first. */
export async function readKeys(signingKeys: SigningKeyStore): Promise<PlatformKey[]> {
  const stored = await signingKeys.list('sandbox');
  const inOrder = [
    ...stored.filter(({ state }) => state === 'current'),
    ...stored.filter(({ state }) => state !== 'current'),
  ];
  return inOrder.map(({ publicJwk, privateJwk }) => ({
    kid: publicJwk.kid,
    alg: 'RS256',
    publicJwk,
    privateJwk,
  }));
}

async function prepareKey(signingKeys: SigningKeyStore): Promise<void> {
  if ((await signingKeys.list('sandbox')).length > 0) return;
  const { kid, alg, publicJwk, privateJwk } = await generatePlatformKey();
  const row = { id: sandboxKeyId, purpose: 'sandbox', alg, state: 'current' } as const;
  const made = await createUnlessThere(() =>
    signingKeys.insert({ ...row, publicJwk: { ...publicJwk, kid }, privateJwk }),
  );
  if (made) return;
  // Another process was first, and this one's list may be as old as the store's cache.
  for (let waited = 0; waited < 10_000; waited += 100) {
    if ((await signingKeys.list('sandbox')).length > 0) return;
    await wait(100);
  }
  throw new Error('the signing key of the sandbox is there but cannot be read');
}

/** @returns the secret that is good for it. */
async function prepareApplication({
  applications,
  appUrl,
  clientSecret,
  now,
}: PrepareNeeds): Promise<string> {
  const id = sandboxApplicationId;
  const settings = {
    redirectUris: [`${appUrl}/callback`],
    launchMode: 'code',
    tokenEndpointAuthMethod: 'client_secret_basic',
  } as const;
  const all = { ...settings, name: 'Demonstration application', idTokenSignedResponseAlg: 'RS256' } as const;
  if (!(await applications.find(id))) {
    await createUnlessThere(() =>
      applications.create({ ...all, redirectUris: [...all.redirectUris] }, { id, secret: clientSecret }),
    );
  }
  const found = await applications.findForOAuth(id);
  if (!found) throw new Error('the demonstration application was deleted while it was being made');
  // What an operator changed beside these is left alone, so that it can be tried.
  if (differs(found, settings))
    await applications.update(id, { ...settings, redirectUris: [...settings.redirectUris] });
  if (found.secretHashes.includes(sha256(clientSecret))) return clientSecret;
  // The operator's key is another one than when the row was made. The older secrets last while processes that
  // started before may use them.
  return applications.rotateSecret(id, now() + 30 * 24 * 3_600_000);
}

async function preparePlatform({ platforms }: PrepareNeeds, platform: SimulatedPlatform): Promise<void> {
  const id = sandboxPlatformId;
  const settings = platformAddresses(platform);
  if (!(await platforms.find(id)))
    await createUnlessThere(() => platforms.create(platformRow(platform, sandboxApplicationId), { id }));
  const found = await platforms.find(id);
  if (found && differs(found, settings)) await platforms.update(id, settings);
}

/** True when the row was made here, false when it was there. */
async function createUnlessThere(create: () => Promise<unknown>): Promise<boolean> {
  try {
    await create();
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

function differs(found: object, wanted: Record<string, unknown>): boolean {
  const known = found as Record<string, unknown>;
  return Object.entries(wanted).some(
    ([name, value]) => JSON.stringify(known[name]) !== JSON.stringify(value),
  );
}
