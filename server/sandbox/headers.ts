/** Security headers of the sandbox's two sites. Both are software of other people, so neither uses the bridge's own. */
import type { Middleware } from 'koa';
import helmet from 'koa-helmet';

const directives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  baseUri: ["'none'"],
};

/**
 * The LMS frames the tool, wherever it lives, and its own launch pages, and shows pictures of what tools put into its
 * courses. No form-action: browsers hold it against every redirect that follows a form, and a login ends at the
 * application. no-referrer would make the forms say `Origin: null`.
 */
export function lmsHeaders(toolOrigin: string): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        ...directives,
        imgSrc: ["'self'", 'data:', 'http:', 'https:'],
        connectSrc: ["'self'", toolOrigin],
        frameSrc: ['http:', 'https:'],
        frameAncestors: ["'self'"],
      },
    },
    crossOriginOpenerPolicy: false,
    referrerPolicy: { policy: 'strict-origin' },
  });
}

/**
 * The application lives in the frames of any LMS, through the bridge, whose helper script it includes. Its own forms
 * tell it where they come from.
 */
export function applicationHeaders(publicUrl: string): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        ...directives,
        scriptSrc: ["'self'", publicUrl],
        // The style sheet library draws its small signs as data: images.
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        frameAncestors: ['*'],
      },
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

/** Whatever language the bridge's own pages would have: these have one. */
export async function inEnglish(...[ctx, next]: Parameters<Middleware>): Promise<void> {
  await next();
  ctx.set('Content-Language', 'en');
}
