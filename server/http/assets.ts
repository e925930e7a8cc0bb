/** Serves the files of public/ and the style sheet library from memory: no path of a request ever meets the disk. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Middleware } from 'koa';

interface Asset {
  body: Buffer;
  etag: string;
  type: string;
}

/** @param root the folder that holds public/ */
export function assets(root: string): Middleware {
  const folder = join(root, 'public');
  const files = new Map(
    readdirSync(folder).map((name) => [`/assets/${name}`, load(join(folder, name), name)]),
  );
  const pico = createRequire(import.meta.url).resolve('@picocss/pico/css/pico.min.css');
  files.set('/assets/pico.css', load(pico, 'pico.css'));
  // Applications include it; its address is theirs to rely on.
  files.set('/sdk/lti-bridge.js', load(join(folder, 'lti-bridge.js'), 'lti-bridge.js'));

  return async function assets(ctx, next) {
    const asset = files.get(ctx.path);
    if (!asset || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    ctx.state.route = ctx.path.startsWith('/sdk/') ? ctx.path : '/assets/:file';
    ctx.type = asset.type;
    ctx.set('Cache-Control', 'public, max-age=3600');
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
    ctx.etag = asset.etag;
    ctx.status = 200;
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = asset.body;
  };
}

function load(path: string, name: string): Asset {
  const body = readFileSync(path);
  return {
    body,
    etag: createHash('sha256').update(body).digest('base64url').slice(0, 22),
    type: name.slice(name.lastIndexOf('.')),
  };
}
