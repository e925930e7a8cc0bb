/** /admin/api/applications: the products that people come to. */
import type { Context } from 'koa';
import { z } from 'zod';
import { messageOriginsOf, type Application, type ApplicationStore } from '../store/applications.js';
import type { PlatformStore } from '../store/platforms.js';
import { found, httpsUrl, origin, pageQuery, presentPage, readId, readInput, shortText } from './input.js';

export interface ApplicationNeeds {
  applications: ApplicationStore;
  platforms: PlatformStore;
  development: boolean;
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
      const { application, secret } = await applications.create({
        name: input.name,
        redirectUris: input.redirect_uris,
        launchMode: input.launch_mode ?? 'code',
        tokenEndpointAuthMethod: input.token_endpoint_auth_method ?? 'client_secret_basic',
        idTokenSignedResponseAlg: input.id_token_signed_response_alg ?? 'RS256',
        messageOrigins: input.message_origins,
      });
      ctx.status = 201;
      ctx.body = { ...presentApplication(application), client_secret: secret };
    },

    async read(ctx: Context): Promise<void> {
      ctx.body = presentApplication(found(await applications.find(readId(ctx))));
    },

    async update(ctx: Context): Promise<void> {
      const input = readInput(change, ctx.request.body);
      const updated = await applications.update(readId(ctx), {
        name: input.name,
        redirectUris: input.redirect_uris,
        launchMode: input.launch_mode,
        tokenEndpointAuthMethod: input.token_endpoint_auth_method,
        idTokenSignedResponseAlg: input.id_token_signed_response_alg,
        messageOrigins: input.message_origins,
      });
      ctx.body = presentApplication(found(updated));
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

/** They would go with the application's row; this way whoever keeps them in memory forgets them too. */
async function deletePlatforms({ platforms }: ApplicationNeeds, applicationId: string): Promise<void> {
  for (;;) {
    const page = await platforms.list({ limit: 100, applicationId });
    if (page.length === 0) return;
    for (const { id } of page) await platforms.delete(id);
  }
}

function settingsFields({ development }: ApplicationNeeds) {
  return {
    name: shortText,
    redirect_uris: z
      .array(httpsUrl({ httpLoopback: development }))
      .min(1)
      .max(20)
      .refine((uris) => new Set(uris).size === uris.length, { message: 'the same address stands twice' }),
    launch_mode: z.enum(['code']).optional(),
    token_endpoint_auth_method: z.enum(['client_secret_basic', 'client_secret_post']).optional(),
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
    token_endpoint_auth_method: application.tokenEndpointAuthMethod,
    id_token_signed_response_alg: application.idTokenSignedResponseAlg,
    message_origins: messageOriginsOf(application),
    created_at: new Date(application.createdAt).toISOString(),
    updated_at: new Date(application.updatedAt).toISOString(),
  };
}
