/**
 * The demonstration application's sessions: in memory, a few hundred, an hour long. The cookie must live in a frame of
 * another site, so it is SameSite=None and Partitioned; where a browser refuses it all the same, the launch still shows,
 * and only what needs a second request does not work.
 */
import type { Context } from 'koa';
import { LRUCache } from 'lru-cache';
import type { IDToken, TokenEndpointResponse } from 'openid-client';
import { randomSecret } from '../../lib/crypto.js';
import type { ApiAnswer } from './bridge-client.js';

export interface Session {
  person: IDToken;
  /** The members of the latest token response; `context` is kept from the first. */
  tokens: TokenEndpointResponse;
  context: unknown;
  profile: ApiAnswer;
  userInfo?: Record<string, unknown>;
  refreshes: number;
}

const cookieName = 'sandbox_session';
const hour = 3_600_000;

export class Sessions {
  readonly #kept = new LRUCache<string, Session>({ max: 500, ttl: hour });

  start(ctx: Context, session: Session): void {
    const id = randomSecret();
    this.#kept.set(id, session);
    // Browsers keep Secure cookies on loopback; the cookie library sees only that the socket is plain.
    ctx.cookies.secure = true;
    ctx.cookies.set(cookieName, id, {
      httpOnly: true,
      secure: true,
      sameSite: 'none',
      partitioned: true,
      overwrite: true,
      maxAge: hour,
    });
  }

  find(ctx: Context): Session | undefined {
    const id = ctx.cookies.get(cookieName);
    return id === undefined ? undefined : this.#kept.get(id);
  }
}
