/**
 * POST /lti/launch: the launch, top to bottom. Each step's result is what the next step needs, so the compiler keeps the
 * order: login → message → deployment → record → authorization code → the application.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { BridgeError } from '../../lib/errors.js';
import type { Logger } from '../../lib/logger.js';
import type { Metrics } from '../../lib/metrics.js';
import { requestState } from '../../http/request-state.js';
import { narrowFrames } from '../../http/security-headers.js';
import type { Platform } from '../../store/platforms.js';
import { checkBrowser, clearLoginCookies, type BindingNeeds } from './browser-binding.js';
import { admitDeployment, type DeploymentNeeds } from './deployment.js';
import { verifyMessage, type MessageNeeds } from './message.js';
import { recordLaunch, type NewLaunch, type RecordNeeds } from './record.js';
import { openState, type Login, type StateNeeds } from './state.js';

export interface LaunchNeeds extends StateNeeds, BindingNeeds, MessageNeeds, DeploymentNeeds, RecordNeeds {
  platforms: { find(id: string): Promise<Platform | undefined> };
  /** Where the application takes over: its redirect URI with an authorization code. */
  issueAuthorizationCode(launch: NewLaunch, platform: Platform): Promise<string>;
  logger: Logger;
  metrics: Metrics;
}

export function launch(needs: LaunchNeeds) {
  return async function launch(ctx: Context): Promise<void> {
    const form = readLaunchForm(ctx.request.body);
    const login = openState(needs, form.state);
    const platform = await findPlatform(needs, ctx, login);
    checkBrowser(needs, ctx, form.state, login);
    const message = await verifyMessage(needs, idTokenOf(form), login, platform);
    const deployment = await admitDeployment(needs, message);
    const launch = await recordLaunch(needs, message, deployment);
    const destination = await needs.issueAuthorizationCode(launch, platform);

    accepted(needs, ctx, launch);
    clearLoginCookies(needs, ctx, form.state);
    ctx.set('Cache-Control', 'no-store');
    ctx.status = 303;
    ctx.set('Location', destination);
    ctx.body = '';
  };
}

/** GET /lti/launch: some platforms send their errors that way; a token in an address would end in logs (RFC 9700 4.3). */
export function launchByGet(needs: LaunchNeeds) {
  return async function launchByGet(ctx: Context): Promise<void> {
    if ('id_token' in ctx.query) {
      throw new BridgeError('launch_token_malformed', { detail: 'an id_token in the address is not read' });
    }
    const form = readLaunchForm(ctx.query);
    const login = openState(needs, form.state);
    await findPlatform(needs, ctx, login);
    checkBrowser(needs, ctx, form.state, login);
    idTokenOf(form);
  };
}

const launchForm = z.object({
  state: z.string().default(''),
  id_token: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
});

type LaunchForm = z.infer<typeof launchForm>;

function readLaunchForm(input: unknown): LaunchForm {
  const parsed = launchForm.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]!.path.join('.');
  throw new BridgeError(field === 'state' ? 'launch_state_invalid' : 'launch_token_malformed', {
    field,
    detail: 'not one text',
  });
}

async function findPlatform(needs: LaunchNeeds, ctx: Context, login: Login): Promise<Platform> {
  const platform = await needs.platforms.find(login.platformId);
  // Whoever keeps refused launches wants to know whose they were.
  ctx.state.platformId = platform?.id;
  narrowFrames(ctx, platform?.frameOrigins ?? []);
  if (platform?.state === 'active') return platform;
  throw new BridgeError('launch_registration_inactive', {
    detail: `platform ${login.platformId} is not active`,
  });
}

/** Every launch has an id_token, or the platform's reason for sending none. */
function idTokenOf(form: LaunchForm): string {
  if (form.error !== undefined) {
    const code = /^[\w.-]{1,64}$/.test(form.error) ? form.error : 'unreadable';
    throw new BridgeError('launch_platform_error', {
      detail: `the platform answered ${code}`,
      quote: [code, form.error_description?.slice(0, 300)].filter(Boolean).join(': '),
    });
  }
  if (!form.id_token) throw new BridgeError('launch_token_malformed', { detail: 'no id_token came' });
  return form.id_token;
}

function accepted({ logger, metrics }: LaunchNeeds, ctx: Context, launch: NewLaunch): void {
  metrics.launches.inc({ message_type: launch.messageType, intent: launch.intent });
  logger.info('launch accepted', {
    request_id: requestState(ctx).id,
    launch_id: launch.id,
    platform_id: launch.platformId,
    application_id: launch.applicationId,
    message_type: launch.messageType,
    intent: launch.intent,
  });
}
