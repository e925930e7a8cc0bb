/**
 * Binds a launch to the browser in which its login began, so that nobody can finish their own login in somebody else's
 * browser. The login's cookie holds a secret of which the sealed state knows the hash.
 *
 * Two cookies, because browsers differ: inside a frame most keep only partitioned cookies (CHIPS), some know no
 * partitions. A launch never goes on without one of them.
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

export function setLoginCookies(
  needs: BindingNeeds,
  ctx: Context,
  state: string,
  browserSecret: string,
): void {
  writeCookies(needs, ctx, state, browserSecret, stateMinutes * 60_000);
}

/** @throws BridgeError `launch_state_browser_mismatch` */
export function checkBrowser(needs: BindingNeeds, ctx: Context, state: string, login: Login): void {
  const names = cookieNames(needs, state);
  const bound = names.some((name) => {
    const secret = ctx.cookies.get(name);
    return secret !== undefined && equalsConstantTime(sha256(secret), login.browserHash);
  });
  if (!bound)
    throw new BridgeError('launch_state_browser_mismatch', { detail: 'no cookie of this login came back' });
}

/** A login's cookies have done their work at its launch; what stays would crowd out others. */
export function clearLoginCookies(needs: BindingNeeds, ctx: Context, state: string): void {
  writeCookies(needs, ctx, state, '', 0);
}

/** Named by the state, so that several launches at once in one browser do not overwrite each other's. */
function cookieNames({ development }: BindingNeeds, state: string): [partitioned: string, plain: string] {
  // The prefix forbids sibling hosts to set the cookie; browsers grant it on https only.
  const name = `${development ? '' : '__Host-'}login_${state.slice(0, 12)}`;
  return [name, `${name}_u`];
}

function writeCookies(needs: BindingNeeds, ctx: Context, state: string, value: string, maxAge: number): void {
  // koa refuses Secure cookies on a plain socket; behind a proxy, and on loopback, the browser knows better.
  ctx.cookies.secure = true;
  const [partitioned, plain] = cookieNames(needs, state);
  const options = {
    maxAge,
    httpOnly: true,
    secure: true,
    sameSite: 'none',
    path: '/',
    overwrite: true,
  } as const;
  ctx.cookies.set(partitioned, value, { ...options, partitioned: true });
  ctx.cookies.set(plain, value, options);
}
