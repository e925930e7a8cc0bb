/**
 * POST /lti/launch: the launch, top to bottom. Each step's result is what the next step needs, so the compiler keeps the
 * order: login → message → deployment → record → authorization code → the application.
 */
import type { Context } from 'koa';
import { sha256 } from '../../lib/crypto.js';
import { BridgeError } from '../../lib/errors.js';
import type { Logger } from '../../lib/logger.js';
import type { Metrics } from '../../lib/metrics.js';
import { requestState } from '../../http/request-state.js';
import { narrowFrames } from '../../http/security-headers.js';
import type { Platform } from '../../store/platforms.js';
import { showListener, type ListenerNeeds } from '../deep-link/listener.js';
import { newSessionToken } from '../deep-link/session.js';
import { checkBrowser } from './browser-binding.js';
import { showProofPage, storageOf, type BrowserPageNeeds } from './browser-pages.js';
import { admitDeployment, type DeploymentNeeds } from './deployment.js';
import { idTokenOf, readLaunchForm } from './launch-form.js';
import { verifyMessage, type LaunchMessage, type MessageNeeds } from './message.js';
import { recordLaunch, type NewLaunch, type RecordNeeds } from './record.js';
import { openState, type Login, type StateNeeds } from './state.js';

export interface LaunchNeeds
  extends StateNeeds, BrowserPageNeeds, MessageNeeds, DeploymentNeeds, RecordNeeds, ListenerNeeds {
  platforms: { find(id: string): Promise<Platform | undefined> };
  /** Where the application takes over: its redirect URI with an authorization code, or the start of its own login. */
  enterApplication(launch: NewLaunch, platform: Platform): Promise<string>;
  logger: Logger;
  metrics: Metrics;
}

export function launch(needs: LaunchNeeds) {
  return async function launch(ctx: Context): Promise<void> {
    const form = readLaunchForm(ctx.request.body);
    const login = openState(needs, form.state);
    const platform = await findPlatform(needs, ctx, login);
    const isBound = checkBrowser(needs, ctx, form, login);
    if (!isBound && form.id_token)
      return showProofPage(needs, ctx, form, storageOf(login.storageTarget, platform));
    const message = await verifyMessage(needs, idTokenOf(form, isBound), login, platform);
    rememberForPages(needs, ctx, message);
    const deployment = await admitDeployment(needs, message);
    const session = message.messageType === 'LtiDeepLinkingRequest' ? newSessionToken() : undefined;
    const launch = await recordLaunch(needs, message, deployment, session?.tokenHash);
    const destination = await needs.enterApplication(launch, platform);

    accepted(needs, ctx, launch);
    ctx.set('Cache-Control', 'no-store');
    if (session) return showListener(needs, ctx, launch, destination, session.token);
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
    idTokenOf(form, checkBrowser(needs, ctx, form, login));
  };
}

async function findPlatform(needs: LaunchNeeds, ctx: Context, login: Login): Promise<Platform> {
  const platform = await needs.platforms.find(login.platformId);
  // Whoever keeps refused launches wants to know whose they were.
  ctx.state.platformId = platform?.id;
  ctx.state.nonceHash = sha256(login.nonce);
  narrowFrames(ctx, platform?.frameOrigins ?? []);
  if (platform?.state === 'active') return platform;
  throw new BridgeError('launch_registration_inactive', {
    detail: `platform ${login.platformId} is not active`,
  });
}

/** From here on a refusal's page knows the person's language and, verified, the way back to the course. */
function rememberForPages({ development }: LaunchNeeds, ctx: Context, { details }: LaunchMessage): void {
  ctx.state.locale = details.presentation?.locale;
  const returnUrl = details.presentation?.returnUrl;
  const url = returnUrl && URL.canParse(returnUrl) ? new URL(returnUrl) : undefined;
  if (url?.protocol === 'https:' || (development && url?.protocol === 'http:'))
    ctx.state.returnUrl = returnUrl;
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
