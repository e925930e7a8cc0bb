/**
 * Binds a launch to the browser in which its login began, so that nobody can finish their own login in somebody else's
 * browser. The browser keeps a secret of which the sealed state knows the hash: in a cookie, in its sessionStorage, or in
 * the LMS's own page (LTI platform storage). A launch never goes on without one of them.
 *
 * Cookies come in twins, because browsers differ: inside a frame most keep only partitioned ones (CHIPS), some know no
 * partitions. A login's pair lives ten minutes; beside it one probe stays for a year and tells, at the next login, that
 * this browser keeps cookies here, so that no page has to find out.
 */
import type { Context } from 'koa';
import { equalsConstantTime, randomSecret, sha256 } from '../../lib/crypto.js';
import { BridgeError } from '../../lib/errors.js';
import { stateMinutes, type Login } from './state.js';

export interface BindingNeeds {
  development: boolean;
}

/** Made before the state, which seals its hash. */
export function newBrowserSecret(): string {
  return randomSecret();
}

/** Under this name the secret lies in cookies and storages; each login has one of its own, so parallel ones do not meet. */
export function storageKey(state: string): string {
  return `login_${state.slice(0, 12)}`;
}

/**
 * They stay until they expire: whoever reloads the page of a launch is then told that it was used, and not that the
 * browser keeps no cookies.
 */
export function setLoginCookies(
  needs: BindingNeeds,
  ctx: Context,
  state: string,
  browserSecret: string,
): void {
  writeTwins(ctx, cookieName(needs, storageKey(state)), browserSecret, {
    maxAge: stateMinutes * 60_000,
    httpOnly: true,
  });
  // Our page reads the probe to see whether cookies hold; it says nothing else.
  writeTwins(ctx, probeName(needs), '1', { maxAge: 31_536_000_000, httpOnly: false });
}

export function probeName(needs: BindingNeeds): string {
  return cookieName(needs, 'lti_probe');
}

/** Has this browser shown before that it keeps cookies here? */
export function keepsCookies(needs: BindingNeeds, ctx: Context): boolean {
  return twins(probeName(needs)).some((name) => ctx.cookies.get(name) !== undefined);
}

/**
 * Is this the browser of the login? By its cookie, else by the proof that our page found in a storage.
 * @returns false when neither came and nobody has looked into the storages yet
 * @throws BridgeError `launch_state_browser_mismatch`
 */
export function checkBrowser(
  needs: BindingNeeds,
  ctx: Context,
  form: { state: string; proof?: string },
  login: Login,
): boolean {
  const cookies = twins(cookieName(needs, storageKey(form.state))).map((name) => ctx.cookies.get(name));
  if ([...cookies, form.proof].some((secret) => secret !== undefined && isSecretOf(login, secret)))
    return true;
  if (form.proof === undefined) return false;
  throw new BridgeError('launch_state_browser_mismatch', {
    detail: 'neither cookie nor storage has the secret of this login',
  });
}

function isSecretOf(login: Login, secret: string): boolean {
  return equalsConstantTime(sha256(secret), login.browserHash);
}

/** The prefix forbids sibling hosts to set the cookie; browsers grant it on https only. */
function cookieName({ development }: BindingNeeds, name: string): string {
  return development ? name : `__Host-${name}`;
}

function twins(name: string): [partitioned: string, plain: string] {
  return [name, `${name}_u`];
}

function writeTwins(
  ctx: Context,
  name: string,
  value: string,
  lifetime: { maxAge: number; httpOnly: boolean },
): void {
  // koa refuses Secure cookies on a plain socket; behind a proxy, and on loopback, the browser knows better.
  ctx.cookies.secure = true;
  const [partitioned, plain] = twins(name);
  const options = { ...lifetime, secure: true, sameSite: 'none', path: '/', overwrite: true } as const;
  ctx.cookies.set(partitioned, value, { ...options, partitioned: true });
  ctx.cookies.set(plain, value, options);
}
