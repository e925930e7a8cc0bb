/** Security headers of the sandbox's two sites. Both are software of other people, so neither uses the bridge's own. */
import type { Middleware } from 'koa';
import helmet from 'koa-helmet';

const directives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  // The style sheet library draws its small signs as data: images.
  imgSrc: ["'self'", 'data:'],
  baseUri: ["'none'"],
};

/**
 * The LMS frames the tool, wherever it lives, and its own launch pages. No form-action: browsers hold it against every
 * redirect that follows a form, and a login ends at the application. no-referrer would make the forms say `Origin: null`.
 */
export function lmsHeaders(): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...directives, frameSrc: ['http:', 'https:'], frameAncestors: ["'self'"] },
    },
    crossOriginOpenerPolicy: false,
    referrerPolicy: { policy: 'strict-origin' },
  });
}

/** The application lives in the frames of any LMS, through the bridge. Its own forms tell it where they come from. */
export function applicationHeaders(): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...directives, formAction: ["'self'"], frameAncestors: ['*'] },
    },
    frameguard: false,
    crossOriginOpenerPolicy: false,
    crossOriginResourcePolicy: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'same-origin' },
  });
}

/** Every page of the sandbox is made for one person and one moment. */
export async function noStore(...[ctx, next]: Parameters<Middleware>): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  await next();
}
