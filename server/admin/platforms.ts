/** /admin/api/platforms: which LMSs are connected to an application, and how far they are trusted. */
import type { Context } from 'koa';
import { z } from 'zod';
import { BridgeError } from '../lib/errors.js';
import type { ApplicationStore } from '../store/applications.js';
import type { DeploymentStore } from '../store/deployments.js';
import type { Platform, PlatformSettings, PlatformState, PlatformStore } from '../store/platforms.js';
import {
  found,
  httpsUrl,
  isReachable,
  origin,
  pageQuery,
  presentPage,
  readId,
  readInput,
  shortText,
} from './input.js';

export interface PlatformNeeds {
  applications: ApplicationStore;
  platforms: PlatformStore;
  deployments: DeploymentStore;
  development: boolean;
  egressAllow: string[];
}

export function platformActions(needs: PlatformNeeds) {
  const { platforms } = needs;
  const change = z.strictObject(settingsFields(needs)).partial();
  const creation = z.strictObject({
    ...settingsFields(needs),
    application_id: z.uuid(),
    deployment_ids: z.array(deploymentId).max(100).default([]),
    allow_duplicate: z.boolean().default(false),
  });
  const listing = z.strictObject({ ...pageQuery, application_id: z.uuid().optional() });

  const setState = (state: PlatformState) => async (ctx: Context) => {
    ctx.body = presentPlatform(found(await platforms.update(readId(ctx), { state })));
  };

  return {
    async list(ctx: Context): Promise<void> {
      const { application_id, ...page } = readInput(listing, ctx.query);
      const items = await platforms.list({ ...page, applicationId: application_id });
      ctx.body = presentPage(items.map(presentPlatform), page.limit);
    },

    async create(ctx: Context): Promise<void> {
      const input = readInput(creation, ctx.request.body);
      await assertRedirectUri(needs, input.application_id, input.redirect_uri);
      if (!input.allow_duplicate) await assertNoTwin(needs, input.issuer, input.client_id);
      const platform = await platforms.create({
        ...defaults,
        ...definedSettings(input),
        applicationId: input.application_id,
        state: 'active',
      } as PlatformSettings & { applicationId: string; state: 'active' });
      for (const id of input.deployment_ids) await needs.deployments.learn(platform.id, id, 'active');
      ctx.status = 201;
      ctx.body = presentPlatform(platform);
    },

    async read(ctx: Context): Promise<void> {
      ctx.body = presentPlatform(found(await platforms.find(readId(ctx))));
    },

    async update(ctx: Context): Promise<void> {
      const input = readInput(change, ctx.request.body);
      const platform = found(await platforms.find(readId(ctx)));
      await assertRedirectUri(needs, platform.applicationId, input.redirect_uri);
      const changes = definedSettings(input);
      const { issuer, clientId } = { ...platform, ...changes };
      // One that is a twin already, because that was meant, stays free to change in all else.
      if (issuer !== platform.issuer || clientId !== platform.clientId)
        await assertNoTwin(needs, issuer, clientId, platform.id);
      ctx.body = presentPlatform(found(await platforms.update(platform.id, changes)));
    },

    async delete(ctx: Context): Promise<void> {
      if (!(await platforms.delete(readId(ctx)))) throw new BridgeError('not_found');
      ctx.status = 204;
    },

    activate: setState('active'),
    suspend: setState('suspended'),
  };
}

const deploymentId = z.string().regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 ASCII characters');

const defaults: Omit<PlatformSettings, 'name' | 'issuer' | 'clientId' | 'authorizationEndpoint' | 'jwksUri'> =
  {
    tokenEndpoint: null,
    product: null,
    deploymentPolicy: 'auto',
    allowAnonymous: false,
    privacyLevel: 'public',
    redirectUri: null,
    frameOrigins: [],
    idTokenAlgs: ['RS256'],
  };

function settingsFields({ development, egressAllow }: PlatformNeeds) {
  const address = httpsUrl({ httpLoopback: development });
  // We call these ourselves, so an address that our egress would refuse is refused here, where somebody can mend it.
  const called = address.refine((value) => isReachable(value, egressAllow), {
    message: 'is an address that this service may not call',
  });
  return {
    name: shortText,
    issuer: z
      .string()
      .max(2_048)
      .refine((value) => isIssuer(value, development), {
        message:
          'must be the https issuer exactly as the LMS sends it, without query, fragment or stray spaces',
      }),
    client_id: z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 ASCII characters without spaces'),
    authorization_endpoint: address,
    token_endpoint: called.nullable().optional(),
    jwks_uri: called,
    product: shortText.nullable().optional(),
    deployment_policy: z.enum(['auto', 'approve', 'closed']).optional(),
    allow_anonymous: z.boolean().optional(),
    privacy_level: z.enum(['public', 'name_only', 'email_only', 'anonymous']).optional(),
    redirect_uri: z.string().nullable().optional(),
    frame_origins: z
      .array(origin({ http: development, anyHostBelow: true }))
      .max(50)
      .optional(),
    id_token_signing_algs: z
      .array(z.enum(['RS256', 'RS384', 'RS512', 'ES256', 'ES384']))
      .min(1)
      .optional(),
  };
}

type SettingsInput = Partial<z.infer<z.ZodObject<ReturnType<typeof settingsFields>>>>;

/** Only what was sent, so that a change leaves everything else as it is. */
function definedSettings(input: SettingsInput): Partial<PlatformSettings> {
  const settings = {
    name: input.name,
    issuer: input.issuer,
    clientId: input.client_id,
    authorizationEndpoint: input.authorization_endpoint,
    tokenEndpoint: input.token_endpoint,
    jwksUri: input.jwks_uri,
    product: input.product,
    deploymentPolicy: input.deployment_policy,
    allowAnonymous: input.allow_anonymous,
    privacyLevel: input.privacy_level,
    redirectUri: input.redirect_uri,
    frameOrigins: input.frame_origins,
    idTokenAlgs: input.id_token_signing_algs,
  } satisfies Partial<Record<keyof PlatformSettings, unknown>>;
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

async function assertRedirectUri(
  needs: PlatformNeeds,
  applicationId: string,
  redirectUri: string | null | undefined,
) {
  const application = await needs.applications.find(applicationId);
  if (!application)
    throw new BridgeError('request_invalid', { field: 'application_id', detail: 'no such application' });
  if (redirectUri && !application.redirectUris.includes(redirectUri)) {
    throw new BridgeError('request_invalid', {
      field: 'redirect_uri',
      detail: "is none of the application's redirect URIs",
    });
  }
}

/** Two platforms with one issuer and client_id cannot share the login address: each launch would be a guess. */
async function assertNoTwin(
  { platforms }: PlatformNeeds,
  issuer: string,
  clientId: string,
  self?: string,
): Promise<void> {
  const twin = (await platforms.findByIssuer(issuer, clientId)).find(({ id }) => id !== self);
  if (twin) {
    throw new BridgeError('conflict', {
      field: 'client_id',
      detail: `platform ${twin.id} has this issuer and client_id; send allow_duplicate to give the new one its own login address`,
    });
  }
}

function isIssuer(value: string, development: boolean): boolean {
  if (value === '' || value !== value.trim() || /[\p{Cc}\p{Cf}\s]/u.test(value)) return false;
  // The reference implementation of 1EdTech sends issuers that are no addresses; for trying things out that is fine.
  if (development) return true;
  return URL.canParse(value) && new URL(value).protocol === 'https:' && !/[?#]/.test(value);
}

function presentPlatform(platform: Platform) {
  return {
    id: platform.id,
    application_id: platform.applicationId,
    name: platform.name,
    state: platform.state,
    issuer: platform.issuer,
    client_id: platform.clientId,
    authorization_endpoint: platform.authorizationEndpoint,
    token_endpoint: platform.tokenEndpoint,
    jwks_uri: platform.jwksUri,
    product: platform.product,
    deployment_policy: platform.deploymentPolicy,
    allow_anonymous: platform.allowAnonymous,
    privacy_level: platform.privacyLevel,
    redirect_uri: platform.redirectUri,
    frame_origins: platform.frameOrigins,
    id_token_signing_algs: platform.idTokenAlgs,
    created_at: new Date(platform.createdAt).toISOString(),
    updated_at: new Date(platform.updatedAt).toISOString(),
  };
}
