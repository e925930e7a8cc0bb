/** /healthz (the process lives), /readyz (it can serve), /metrics. They answer under every host name. */
import type { Context, Middleware } from 'koa';
import { equalsConstantTime } from './lib/crypto.js';
import { BridgeError } from './lib/errors.js';
import type { Metrics } from './lib/metrics.js';
import type { Database } from './store/database.js';
import type { KeyPurpose, SigningKey } from './store/signing-keys.js';

export interface HealthNeeds {
  database: Database;
  signingKeys: { list(purpose: KeyPurpose): Promise<SigningKey[]> };
  metrics: Metrics;
  metricsToken: string | undefined;
  /** True from SIGTERM on: no new requests, please. */
  isDraining(): boolean;
}

export function health(needs: HealthNeeds): Middleware {
  return async function health(ctx, next) {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    if (ctx.path === '/healthz') return answer(ctx, 200, { status: 'ok' });
    if (ctx.path === '/readyz') return ready(needs, ctx);
    if (ctx.path === '/metrics') return metrics(needs, ctx);
    return next();
  };
}

async function ready(needs: HealthNeeds, ctx: Context): Promise<void> {
  if (needs.isDraining()) return answer(ctx, 503, { status: 'draining' });
  const checks = {
    database: await holds(async () => (await needs.database.pendingMigrations()).length === 0),
    keys: await holds(async () =>
      (await needs.signingKeys.list('lti')).some((key) => key.state === 'current'),
    ),
  };
  const isReady = Object.values(checks).every(Boolean);
  answer(ctx, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready', checks });
}

async function holds(check: () => Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch {
    return false;
  }
}

async function metrics(needs: HealthNeeds, ctx: Context): Promise<void> {
  const token = /^Bearer (\S+)$/i.exec(ctx.get('Authorization'))?.[1];
  const byToken = token && needs.metricsToken && equalsConstantTime(token, needs.metricsToken);
  if (!byToken && !isFromThisMachine(ctx)) throw new BridgeError('unauthorized');
  ctx.state.route = ctx.path;
  ctx.type = needs.metrics.contentType;
  ctx.body = await needs.metrics.render();
}

/** A proxy on this machine connects from loopback too, but says for whom. */
function isFromThisMachine(ctx: Context): boolean {
  const direct = ctx.req.socket.remoteAddress ?? '';
  const forwarded = ctx.get('X-Forwarded-For') || ctx.get('Forwarded');
  return !forwarded && /^(::ffff:)?127\.|^::1$/.test(direct);
}

function answer(ctx: Context, status: number, body: object): void {
  ctx.state.route = ctx.path;
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = body;
}
