/** The table of /admin/api/*: the operator's API, bearer ADMIN_TOKEN. */
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import type { Context, Middleware, Next } from 'koa';
import compose from 'koa-compose';
import { endOfTable } from '../http/doors.js';
import { requestState } from '../http/request-state.js';
import { equalsConstantTime } from '../lib/crypto.js';
import { BridgeError } from '../lib/errors.js';
import type { Limit } from '../store/limits.js';
import { applicationActions, type ApplicationNeeds } from './applications.js';
import { deploymentActions } from './deployments.js';
import { keyActions, type KeyActionNeeds } from './keys.js';
import { launchActions, type LaunchActionNeeds } from './launches.js';
import { platformActions, type PlatformNeeds } from './platforms.js';

export interface AdminNeeds extends ApplicationNeeds, PlatformNeeds, LaunchActionNeeds, KeyActionNeeds {
  adminToken: string;
  secretLimit: Limit;
}

export function adminRoutes(needs: AdminNeeds): Middleware {
  const applications = applicationActions(needs);
  const platforms = platformActions(needs);
  const deployments = deploymentActions(needs);
  const launches = launchActions(needs);
  const keys = keyActions(needs);

  const router = new Router({ prefix: '/admin/api' });
  router.get('/applications', applications.list);
  router.post('/applications', applications.create);
  router.get('/applications/:id', applications.read);
  router.patch('/applications/:id', applications.update);
  router.delete('/applications/:id', applications.delete);
  router.post('/applications/:id/secrets', applications.rotateSecret);

  router.get('/platforms', platforms.list);
  router.post('/platforms', platforms.create);
  router.get('/platforms/:id', platforms.read);
  router.patch('/platforms/:id', platforms.update);
  router.delete('/platforms/:id', platforms.delete);
  router.post('/platforms/:id/activate', platforms.activate);
  router.post('/platforms/:id/suspend', platforms.suspend);

  router.get('/deployments', deployments.list);
  router.post('/deployments/:id/activate', deployments.activate);
  router.post('/deployments/:id/suspend', deployments.suspend);

  router.get('/launches', launches.list);
  router.get('/launches/:id', launches.read);

  router.get('/keys', keys.list);
  router.post('/keys/rotate', keys.rotate);

  // Before the table and not in it: no address under /admin/api/ answers to strangers, not even that it does not exist.
  const routes = router.routes() as unknown as Middleware;
  return compose([operatorOnly(needs), jsonBody as Middleware, routes, endOfTable as Middleware]);
}

const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '256kb' });

/** A body of another kind would be passed over in silence, and a change that was asked for would not be made. */
async function jsonBody(ctx: Context, next: Next): Promise<void> {
  if (ctx.request.length !== 0 && ctx.is('json') === false) {
    throw new BridgeError('request_invalid', { detail: 'send JSON, as Content-Type: application/json' });
  }
  await parseJson(ctx, next);
}

function operatorOnly({ adminToken, secretLimit }: AdminNeeds): Middleware {
  return async function operatorOnly(ctx, next) {
    const key = `operator ${requestState(ctx).ip}`;
    await secretLimit.check(key);
    const token = /^Bearer (\S+)$/i.exec(ctx.get('Authorization'))?.[1];
    if (!token || !equalsConstantTime(token, adminToken)) {
      if (token) await secretLimit.take(key);
      ctx.set('WWW-Authenticate', 'Bearer');
      throw new BridgeError('unauthorized');
    }
    ctx.set('Cache-Control', 'no-store');
    await next();
  };
}

/** How this door says an error: code, sentence, and for the operator also the detail. */
export function sayAdminError(ctx: Context, error: BridgeError): void {
  ctx.body = {
    error: error.code,
    message: error.row.sentence,
    field: error.field,
    detail: error.detail,
    reference: requestState(ctx).reference,
  };
}
