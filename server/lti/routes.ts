/** The table of /lti/*: every address an LMS or a browser inside an LMS calls. */
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import compose from 'koa-compose';
import type { Context, Middleware } from 'koa';
import { asBridgeError, door, type DoorNeeds } from '../http/doors.js';
import { requestState } from '../http/request-state.js';
import type { BridgeError } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import type { Metrics } from '../lib/metrics.js';
import type { RefusedLaunch } from '../store/refused-launches.js';
import { answerSelection, maxMessageBytes, type AnswerNeeds } from './deep-link/answer.js';
import { publicKeySet, type KeyNeeds } from './keys.js';
import { launch, launchByGet, type LaunchNeeds } from './launch/launch.js';
import { login, type LoginNeeds } from './launch/login.js';

export interface LtiNeeds
  extends LoginNeeds, LaunchNeeds, AnswerNeeds, DoorNeeds, Pick<KeyNeeds, 'signingKeys'> {
  logger: Logger;
  metrics: Metrics;
  now: () => number;
  platforms: LoginNeeds['platforms'] & LaunchNeeds['platforms'];
  refusedLaunches: { save(refused: Omit<RefusedLaunch, 'id' | 'createdAt'>): Promise<void> };
}

/** An id_token of 64 kB fits twice; anything larger is no launch. */
const form = bodyParser({ enableTypes: ['form'], formLimit: '256kb' });

/** A message as large as it may be, and its wrapping. */
const selection = bodyParser({ enableTypes: ['json'], jsonLimit: maxMessageBytes + 1024 });

export function ltiRoutes(needs: LtiNeeds): Middleware {
  const router = new Router({ prefix: '/lti' });
  router.get('/login', login(needs));
  router.post('/login', form, login(needs));
  router.get('/login/:platform_id', login(needs));
  router.post('/login/:platform_id', form, login(needs));
  router.post('/launch', keepRefusals(needs), form, launch(needs));
  router.get('/launch', keepRefusals(needs), launchByGet(needs));
  router.post('/deep-link/:launch_id', door(needs, sayToApplication), selection, answerSelection(needs));
  router.get('/keys', async (ctx) => {
    ctx.set('Cache-Control', 'public, max-age=300');
    ctx.set('Access-Control-Allow-Origin', '*');
    ctx.body = await publicKeySet(needs);
  });
  return compose([router.routes(), router.allowedMethods()] as unknown as Middleware[]);
}

/** How a refused selection goes back, through our page, to the application that sent it. */
function sayToApplication(ctx: Context, error: BridgeError): void {
  // What the body parser refuses is the application's message all the same, `__proto__` among it.
  const parsed = { body_too_large: 'dl_payload_too_large', request_invalid: 'dl_payload_invalid' } as const;
  const code = parsed[error.code as keyof typeof parsed] ?? error.code;
  ctx.body = {
    type: 'lti.error',
    code,
    message: error.detail ?? error.row.sentence,
    field: error.field ?? null,
  };
}

/** Keeps what was refused under the reference that the person sees, so that the operator can look it up. */
function keepRefusals(needs: LtiNeeds) {
  return async function keepRefusals(ctx: Context, next: () => Promise<unknown>): Promise<void> {
    try {
      await next();
    } catch (thrown) {
      // What others throw (a body that is too large) has a reference on its page like everything else.
      const error = asBridgeError(needs, thrown);
      if (error.code !== 'storage_unavailable') await keep(needs, ctx, error);
      throw error;
    }
  };
}

async function keep(needs: LtiNeeds, ctx: Context, error: BridgeError): Promise<void> {
  try {
    await needs.refusedLaunches.save({
      reference: requestState(ctx).reference,
      platformId: (ctx.state.platformId as string | undefined) ?? null,
      code: error.code,
      nonceHash: (ctx.state.nonceHash as string | undefined) ?? null,
      detail: [error.field, error.detail].filter(Boolean).join(': ') || null,
    });
  } catch {
    // The person's answer matters more than the operator's copy of it, and the log line has both.
    needs.logger.warn('refused launch not kept', {
      reference: requestState(ctx).reference,
      code: error.code,
    });
  }
}
