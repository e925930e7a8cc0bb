/**
 * The two pages that find out what a browser keeps: one at login, before the platform's single-use hints are spent, and
 * one at launch, when the login's cookie did not come back. Both move on by themselves (public/login.js, launch.js), show
 * nothing in their first second, and store nothing on the server.
 */
import type { Context } from 'koa';
import type { Pages } from '../../http/pages.js';
import { allowScripts } from '../../http/security-headers.js';
import { probeName, storageKey, type BindingNeeds } from './browser-binding.js';
import type { LaunchForm } from './launch-form.js';

export interface BrowserPageNeeds extends BindingNeeds {
  pages: Pages;
}

export interface LoginPage {
  /** The platform's authorization endpoint with the authentication request. */
  destination: string;
  state: string;
  browserSecret: string;
  storage: PlatformStorage | undefined;
  /** The login as it came, to be sent once more from a new window. */
  parameters: Record<string, string | undefined>;
  /** Where it came to. */
  path: string;
}

/** Where LTI platform storage is asked: a frame's name (or `_parent`) and the origin that must answer. */
export interface PlatformStorage {
  target: string;
  origin: string;
}

/** The LMS's storage answers from the origin of its authorization endpoint (Canvas' is not the school's own host). */
export function storageOf(
  target: string | undefined,
  platform: { authorizationEndpoint: string },
): PlatformStorage | undefined {
  return target === undefined
    ? undefined
    : { target, origin: new URL(platform.authorizationEndpoint).origin };
}

export function showLoginPage(needs: BrowserPageNeeds, ctx: Context, page: LoginPage): void {
  allowScripts(ctx);
  needs.pages.render(ctx, 'login', {
    destination: page.destination,
    key: storageKey(page.state),
    secret: page.browserSecret,
    probe: probeName(needs),
    storage: page.storage,
    path: page.path,
    method: ctx.method === 'POST' ? 'post' : 'get',
    parameters: Object.entries(page.parameters).filter(([, value]) => value !== undefined),
  });
}

/** Holds what the platform posted until the browser has proved that the login was its own. */
export function showProofPage(
  needs: BrowserPageNeeds,
  ctx: Context,
  form: LaunchForm,
  storage: PlatformStorage | undefined,
): void {
  allowScripts(ctx);
  ctx.set('Cache-Control', 'no-store');
  needs.pages.render(ctx, 'proof', {
    idToken: form.id_token,
    state: form.state,
    key: storageKey(form.state),
    storage,
  });
}
