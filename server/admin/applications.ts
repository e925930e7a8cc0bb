/** /admin/api/applications: the products that people come to. */
import type { Context } from 'koa';
import { z } from 'zod';
import { BridgeError } from '../lib/errors.js';
import {
  keepsSecret,
  messageOriginsOf,
  type Application,
  type ApplicationSettings,
  type ApplicationStore,
} from '../store/applications.js';
import type { PlatformStore } from '../store/platforms.js';
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

export interface ApplicationNeeds {
  applications: ApplicationStore;
  platforms: PlatformStore;
  development: boolean;
  egressAllow: string[];
  now: () => number;
}

export function applicationActions(needs: ApplicationNeeds) {
  const { applications } = needs;
  const fields = settingsFields(needs);
  const creation = z.strictObject({ ...fields, name: shortText, redirect_uris: fields.redirect_uris });
  const change = creation.partial();
  const rotation = z.strictObject({
    overlap_hours: z
      .number()
      .min(0)
      .max(24 * 90)
      .default(24),
  });

  return {
    async list(ctx: Context): Promise<void> {
      const page = readInput(z.strictObject(pageQuery), ctx.query);
      const items = (await applications.list(page)).map(presentApplication);
      ctx.body = presentPage(items, page.limit);
    },

    async create(ctx: Context): Promise<void> {
      const input = readInput(creation, ctx.request.body);
      const settings = { ...defaults, ...definedSettings(input) } as ApplicationSettings;
      checkTogether(settings);
      const { application, secret } = await applications.create(settings);
      ctx.status = 201;
      ctx.body = { ...presentApplication(application), client_secret: secret };
    },

    async read(ctx: Context): Promise<void> {
      ctx.body = presentApplication(found(await applications.find(readId(ctx))));
    },

    async update(ctx: Context): Promise<void> {
      const input = readInput(change, ctx.request.body);
      const application = found(await applications.find(readId(ctx)));
      const changes = definedSettings(input);
      checkTogether({ ...application, ...changes });
      ctx.body = presentApplication(found(await applications.update(application.id, changes)));
    },

    async delete(ctx: Context): Promise<void> {
      const { id } = found(await applications.find(readId(ctx)));
      await deletePlatforms(needs, id);
      await applications.delete(id);
      ctx.status = 204;
    },

    /** A second secret; the ones before stay good for `overlap_hours`, so that nobody has to be quick. */
    async rotateSecret(ctx: Context): Promise<void> {
      const { overlap_hours } = readInput(rotation, ctx.request.body);
      const application = found(await applications.find(readId(ctx)));
      if (!keepsSecret(application)) {
        throw new BridgeError('request_invalid', {
          field: 'token_endpoint_auth_method',
          detail: 'this application proves itself without a secret',
        });
      }
      const olderEndAt = needs.now() + overlap_hours * 3_600_000;
      const secret = await applications.rotateSecret(application.id, olderEndAt);
      ctx.status = 201;
      ctx.body = {
        client_id: application.id,
        client_secret: secret,
        older_secrets_end_at: new Date(olderEndAt).toISOString(),
      };
    },
  };
}

const defaults: Pick<
  ApplicationSettings,
  'launchMode' | 'tokenEndpointAuthMethod' | 'idTokenSignedResponseAlg'
> = {
  launchMode: 'code',
  tokenEndpointAuthMethod: 'client_secret_basic',
  idTokenSignedResponseAlg: 'RS256',
};

/** Public parts only: a private key sent here would have been sent to the wrong place. */
const publicKeys = z.strictObject({
  keys: z
    .array(z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']), kid: z.string().max(255).optional() }))
    .min(1)
    .max(20)
    .refine((keys) => keys.every((key) => !('d' in key)), { message: 'a private key is among them' }),
});

/** What only makes sense in company. @throws BridgeError `request_invalid` */
function checkTogether(settings: ApplicationSettings): void {
  const refuse = (field: string, detail: string) => {
    throw new BridgeError('request_invalid', { field, detail });
  };
  const method = settings.tokenEndpointAuthMethod;
  if (settings.launchMode === 'initiate' && !settings.initiateLoginUri) {
    refuse(
      'initiate_login_uri',
      'launch mode initiate needs the address where the application starts its login',
    );
  }
  if (method === 'none' && settings.launchMode !== 'initiate') {
    refuse('launch_mode', 'a public application must start its own login: launch mode initiate');
  }
  const keySets = [settings.jwks, settings.jwksUri].filter((one) => one !== null && one !== undefined).length;
  if (method === 'private_key_jwt' && keySets !== 1)
    refuse('jwks', 'private_key_jwt needs either jwks or jwks_uri');
  if (method !== 'private_key_jwt' && keySets > 0) refuse('jwks', 'keys are for private_key_jwt only');
}

type SettingsInput = Partial<z.infer<z.ZodObject<ReturnType<typeof settingsFields>>>>;

/** Only what was sent, so that a change leaves everything else as it is. */
function definedSettings(input: SettingsInput): Partial<ApplicationSettings> {
  const settings = {
    name: input.name,
    redirectUris: input.redirect_uris,
    launchMode: input.launch_mode,
    initiateLoginUri: input.initiate_login_uri,
    tokenEndpointAuthMethod: input.token_endpoint_auth_method,
    idTokenSignedResponseAlg: input.id_token_signed_response_alg,
    messageOrigins: input.message_origins,
    jwks: input.jwks,
    jwksUri: input.jwks_uri,
  } satisfies Record<keyof ApplicationSettings, unknown>;
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** They would go with the application's row; this way whoever keeps them in memory forgets them too. */
async function deletePlatforms({ platforms }: ApplicationNeeds, applicationId: string): Promise<void> {
  for (;;) {
    const page = await platforms.list({ limit: 100, applicationId });
    if (page.length === 0) return;
    for (const { id } of page) await platforms.delete(id);
  }
}

function settingsFields({ development, egressAllow }: ApplicationNeeds) {
  return {
    name: shortText,
    redirect_uris: z
      .array(httpsUrl({ httpLoopback: development }))
      .min(1)
      .max(20)
      .refine((uris) => new Set(uris).size === uris.length, { message: 'the same address stands twice' }),
    launch_mode: z.enum(['code', 'initiate']).optional(),
    initiate_login_uri: httpsUrl({ httpLoopback: development }).nullable().optional(),
    token_endpoint_auth_method: z
      .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'])
      .optional(),
    jwks: publicKeys.nullable().optional(),
    jwks_uri: httpsUrl({ httpLoopback: development })
      .refine((value) => isReachable(value, egressAllow), {
        message: 'is an address that this service may not call',
      })
      .nullable()
      .optional(),
    id_token_signed_response_alg: z.enum(['RS256', 'ES256']).optional(),
    message_origins: z
      .array(origin({ http: development }))
      .min(1)
      .max(20)
      .nullable()
      .optional(),
  };
}

function presentApplication(application: Application) {
  return {
    id: application.id,
    client_id: application.id,
    name: application.name,
    redirect_uris: application.redirectUris,
    launch_mode: application.launchMode,
    initiate_login_uri: application.initiateLoginUri ?? null,
    token_endpoint_auth_method: application.tokenEndpointAuthMethod,
    id_token_signed_response_alg: application.idTokenSignedResponseAlg,
    jwks: application.jwks ?? null,
    jwks_uri: application.jwksUri ?? null,
    message_origins: messageOriginsOf(application),
    created_at: new Date(application.createdAt).toISOString(),
    updated_at: new Date(application.updatedAt).toISOString(),
  };
}
