/** Platforms whose key sets are away, moved, swollen, weak or wrong (trust.md J17). */
import { generateKeyPairSync } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { PlatformKey } from '../../../server/sandbox/lms/platform.js';
import type { Page } from '../../support/browser.js';
import type { TestPlatformOptions } from '../../support/platform.js';
import { launch, resourceLaunch } from '../../support/world.js';
import { base64url } from '../support/tokens.js';
import { another, keys, world, type Attack } from './setting.js';

const publicJwk = () => keys[0]!.publicJwk;

/** A platform that publishes its keys in its own way, and is launched from. */
const publishing =
  (handler: RequestListener, platform: () => Partial<TestPlatformOptions> = () => ({})) =>
  async (): Promise<Page> => {
    const own = await another({}, platform());
    own.platform.answerKeySetBy(handler);
    return launch(own, resourceLaunch());
  };
const body =
  (text: string | (() => string), headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof text === 'string' ? text : text());
  };
export const jwks = (...jwk: (() => Record<string, unknown>)[]) =>
  body(() => JSON.stringify({ keys: jwk.map((make) => make()) }));

const shortRsa = () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const common = { kid: 'short', alg: 'RS256' } as const;
  return {
    ...common,
    privateJwk: { ...privateKey.export({ format: 'jwk' }), ...common },
    publicJwk: { ...publicKey.export({ format: 'jwk' }), ...common },
  } as PlatformKey;
};

export const keySetAttacks: Attack[] = [
  [
    'whose key set has moved',
    'launch_keyset_unavailable',
    publishing((_request, response) => {
      response.writeHead(302, { Location: `${world.platform.origin}/lti/keys` });
      response.end();
    }),
  ],
  [
    'whose key set fails',
    'launch_keyset_unavailable',
    publishing((_request, response) => response.writeHead(500).end()),
  ],
  [
    'whose key set is not there',
    'launch_keyset_unavailable',
    publishing((_request, response) => response.writeHead(404).end()),
  ],
  ['whose key set hangs up', 'launch_keyset_unavailable', publishing((request) => request.socket.destroy())],
  ['whose key set never answers', 'launch_keyset_unavailable', publishing(() => undefined)],
  [
    'whose key set has more than 512 kB',
    'launch_keyset_unavailable',
    publishing(body(() => JSON.stringify({ keys: [publicJwk()], x: 'x'.repeat(600_000) }))),
  ],
  [
    'whose key set unpacks to 100 MB',
    'launch_keyset_unavailable',
    publishing((_request, response) => {
      response.setHeader('Content-Encoding', 'gzip');
      response.end(gzipSync(Buffer.alloc(100_000_000)));
    }),
  ],
  ['whose key set is HTML', 'launch_keyset_invalid', publishing(body('<!doctype html><p>Maintenance'))],
  ['whose key set is empty', 'launch_keyset_invalid', publishing(body(''))],
  ['whose key set is one key', 'launch_keyset_invalid', publishing(body(() => JSON.stringify(publicJwk())))],
  [
    'whose key set has 10,000 keys',
    'launch_keyset_invalid',
    publishing(jwks(...Array.from({ length: 10_000 }, (_, i) => () => ({ kty: 'RSA', kid: `${i}` })))),
  ],
  ['whose key set has no keys', 'launch_kid_unknown', publishing(jwks())],
  [
    'whose key has no kid',
    'launch_kid_unknown',
    publishing(jwks(() => ({ ...publicJwk(), kid: undefined }))),
  ],
  [
    'whose key is for encryption',
    'launch_kid_unknown',
    publishing(jwks(() => ({ ...publicJwk(), use: 'enc' }))),
  ],
  [
    'whose key is a secret one',
    'launch_keyset_invalid',
    publishing(jwks(() => ({ kty: 'oct', kid: keys[0]!.kid, k: base64url('secret') }))),
  ],
  ['whose private key is published', 'launch_keyset_invalid', publishing(jwks(() => keys[0]!.privateJwk))],
  [
    'whose key is for another algorithm',
    'launch_keyset_invalid',
    publishing(jwks(() => ({ ...publicJwk(), alg: 'RS512' }))),
  ],
  [
    'whose key is broken',
    'launch_keyset_invalid',
    publishing(jwks(() => ({ kty: 'RSA', kid: keys[0]!.kid, n: '!', e: '!' }))),
  ],
  [
    'whose key has 1024 bits',
    'launch_keyset_invalid',
    async () => launch(await another({}, { keys: [shortRsa()] }), resourceLaunch()),
  ],
];
