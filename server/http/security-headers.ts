/** Security headers by door. Everything is closed unless a door needs it open. */
import type { Context, Middleware } from 'koa';
import helmet from 'koa-helmet';

const closed = {
  defaultSrc: ["'none'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  baseUri: ["'none'"],
} as const;

/** Not for the names below ours: whoever runs the bridge may have other things there. */
const strictTransportSecurity = { maxAge: 31_536_000, includeSubDomains: false };

/** Pages and APIs that nobody may frame. */
export function closedHeaders(): Middleware {
  return helmet({
    strictTransportSecurity,
    frameguard: { action: 'deny' },
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...closed, formAction: ["'self'"], frameAncestors: ["'none'"] },
    },
    referrerPolicy: { policy: 'no-referrer' },
  });
}

/**
 * Pages that live in an LMS's frame. An LMS serves its pages from hosts that its issuer does not tell, so any https
 * origin may frame them. X-Frame-Options and the cross-origin policies would keep every frame out, form-action would stop
 * the redirects after a form, and no-referrer would make a posted form say `Origin: null`.
 */
export function framedHeaders(options: { development: boolean }): Middleware {
  return helmet({
    strictTransportSecurity,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...closed, frameAncestors: options.development ? ['https:', 'http:'] : ['https:'] },
    },
    frameguard: false,
    crossOriginOpenerPolicy: false,
    crossOriginResourcePolicy: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'strict-origin' },
  });
}

/** Lets only these origins frame this answer; none named: whoever might already. */
export function narrowFrames(ctx: Context, origins: string[]): void {
  if (origins.length === 0) return;
  const policy = String(ctx.response.get('Content-Security-Policy'));
  ctx.set(
    'Content-Security-Policy',
    policy.replace(/frame-ancestors [^;]*/, `frame-ancestors ${origins.join(' ')}`),
  );
}

/** For pages that cannot do without a script of ours, and for those that frame an application. */
export function allowScripts(ctx: Context, options: { frames?: string } = {}): void {
  const policy = String(ctx.response.get('Content-Security-Policy'));
  const frames = options.frames ? `;frame-src ${options.frames}` : '';
  ctx.set('Content-Security-Policy', `${policy};script-src 'self';connect-src 'self'${frames}`);
}

/**
 * For an answer that a script of the authorization server posts to an application as a form (OAuth 2.0 Form Post Response
 * Mode). The server adds the hash of that script where scripts have a policy of their own; browsers would hold form-action
 * against every redirect that follows.
 */
export function allowFormPost(ctx: Context): void {
  const policy = String(ctx.response.get('Content-Security-Policy')).replace(/;form-action [^;]*/, '');
  ctx.set('Content-Security-Policy', `${policy};script-src 'self'`);
}
