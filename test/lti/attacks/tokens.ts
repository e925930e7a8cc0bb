/** Attacks on the form of a token: algorithm, signature, key, encoding, size (trust.md J1 to J7, J15). */
import { createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { ErrorCode } from '../../../server/lib/errors.js';
import { resourceLaunch, selectLaunch } from '../../support/world.js';
import {
  base64url,
  flipBit,
  partsOf,
  privateKeyOf,
  signAsWritten,
  signBy,
  signWithSecret,
} from '../support/tokens.js';
import {
  claiming,
  forged,
  instead,
  keys,
  reviewLaunch,
  saying,
  spelled,
  withHeader,
  world,
  type Attack,
} from './setting.js';

const algorithms = [
  'none',
  'None',
  'NONE',
  'nOnE',
  '',
  'rs256',
  'RS256 ',
  'HS256',
  'HS512',
  'RS1',
  '__proto__',
];
const noAlgorithms: [string, unknown][] = [
  ['no algorithm', undefined],
  ['null for an algorithm', null],
  ['a number for an algorithm', 256],
  ['a list for an algorithm', ['RS256']],
];

const publicJwk = () => keys[0]!.publicJwk;
const publicPem = () =>
  createPublicKey({ key: publicJwk() as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' });

export const signatureAttacks: Attack[] = [
  ...algorithms.flatMap((alg): Attack[] => [
    [
      `with the algorithm ${JSON.stringify(alg)} and no signature`,
      'launch_alg_not_allowed',
      instead(({ header, claims }) => `${base64url({ ...header, alg })}.${base64url(claims)}.`),
    ],
    [
      `with the algorithm ${JSON.stringify(alg)} over a good signature`,
      'launch_alg_not_allowed',
      withHeader({ alg }),
    ],
  ]),
  ...noAlgorithms.map(([name, alg]): Attack => [
    `with ${name}`,
    'launch_alg_not_allowed',
    withHeader({ alg }),
  ]),
  [
    'with the public key as the secret of HS256, as PEM',
    'launch_alg_not_allowed',
    instead(({ header, claims }) => signWithSecret({ ...header, alg: 'HS256' }, claims, publicPem())),
  ],
  [
    'with the public key as the secret of HS256, as JSON',
    'launch_alg_not_allowed',
    instead(({ header, claims }) =>
      signWithSecret({ ...header, alg: 'HS256' }, claims, JSON.stringify(publicJwk())),
    ),
  ],
  ...['PS256', 'PS512', 'RS384', 'RS512'].map((alg): Attack => [
    `signed with ${alg} by the platform, which did not say that it would`,
    'launch_alg_not_allowed',
    instead(({ header, claims }) => signBy(alg, header, claims, privateKeyOf(keys[0]!))),
  ]),
  [
    'signed with ES256',
    'launch_alg_not_allowed',
    instead(({ header, claims }) =>
      signBy('ES256', header, claims, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    ),
  ],
  [
    'signed with EdDSA',
    'launch_alg_not_allowed',
    instead(({ header, claims }) =>
      signBy('EdDSA', header, claims, generateKeyPairSync('ed25519').privateKey),
    ),
  ],
  [
    'without a signature',
    'launch_signature_invalid',
    instead((_parts, signed) => signed.replace(/[^.]*$/, '')),
  ],
  ['with half a signature', 'launch_signature_invalid', instead((_parts, signed) => signed.slice(0, -171))],
  [
    'with a signature of zeros',
    'launch_signature_invalid',
    instead((_parts, signed) => signed.replace(/[^.]*$/, base64url(Buffer.alloc(256)))),
  ],
  [
    'with the signature of another token',
    'launch_signature_invalid',
    instead(async ({ claims }, signed) => {
      const other = await world.platform.platform.sign({ ...claims, sub: 'other' });
      return signed.replace(/[^.]*$/, other.split('.')[2]!);
    }),
  ],
  [
    'signed by a key of the same kid that is not published',
    'launch_signature_invalid',
    instead(({ header, claims }) => signAsWritten(header, claims, keys[1]!)),
  ],
  ...(
    [
      ['LtiResourceLinkRequest', resourceLaunch],
      ['LtiDeepLinkingRequest', selectLaunch],
      ['LtiSubmissionReviewRequest', reviewLaunch],
    ] as const
  ).flatMap(([type, draft]): Attack[] => [
    [
      `of type ${type} with a bit of the payload changed`,
      'launch_signature_invalid',
      forged({ token: (signed) => flipBit(signed, 1) }, draft),
    ],
    [
      `of type ${type} with another sub under the old signature`,
      'launch_signature_invalid',
      forged(
        {
          token: (signed) => {
            const { header, claims } = partsOf(signed);
            return `${base64url(header)}.${base64url({ ...claims, sub: 'admin' })}.${signed.split('.')[2]}`;
          },
        },
        draft,
      ),
    ],
    [
      `of type ${type} with a bit of the signature changed`,
      'launch_signature_invalid',
      forged({ token: (signed) => flipBit(signed, 2) }, draft),
    ],
  ]),
  [
    'with a member more in the header under the old signature',
    'launch_signature_invalid',
    instead(({ header }, signed) => signed.replace(/^[^.]*/, base64url({ ...header, x: 1 }))),
  ],
];

const kids: [string, ErrorCode, unknown][] = [
  ['that is missing', 'launch_kid_missing', undefined],
  ['that is empty', 'launch_kid_missing', ''],
  ['that is null', 'launch_token_malformed', null],
  ['that is a number', 'launch_token_malformed', 5],
  ['that is a list', 'launch_token_malformed', ['a']],
  ['that is an object', 'launch_token_malformed', { kid: 'a' }],
  ['of 10 kB', 'launch_token_malformed', 'k'.repeat(10_000)],
  ['that nobody published', 'launch_kid_unknown', 'unknown'],
  ['that is a path', 'launch_kid_unknown', '../../etc/passwd'],
  ['that is an address', 'launch_kid_unknown', 'https://evil.example/keys'],
  ['that quotes like SQL', 'launch_kid_unknown', "' OR 1=1--"],
  ['that writes a line of the log', 'launch_kid_unknown', '\n{"event":"launch accepted"}'],
  ['with a NUL', 'launch_kid_unknown', 'a\u0000b'],
  ['called __proto__', 'launch_kid_unknown', '__proto__'],
  ['called constructor', 'launch_kid_unknown', 'constructor'],
];

export const formAttacks: Attack[] = [
  ...kids.map(([title, code, kid]): Attack => [`with a kid ${title}`, code, withHeader({ kid })]),
  [
    'with an extension that must be understood',
    'launch_token_malformed',
    withHeader({ crit: ['exp2'], exp2: 1 }),
  ],
  ['with an empty list of extensions', 'launch_token_malformed', withHeader({ crit: [] })],
  ['with an unencoded payload', 'launch_token_malformed', withHeader({ crit: ['b64'], b64: false })],
  ['that is one word', 'launch_token_malformed', instead(() => 'token')],
  [
    'of two parts',
    'launch_token_malformed',
    instead((_parts, signed) => signed.split('.').slice(0, 2).join('.')),
  ],
  ['of four parts', 'launch_token_malformed', instead((_parts, signed) => `${signed}.x`)],
  [
    'of five parts, encrypted',
    'launch_token_malformed',
    instead(() => [base64url({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' }), '', 'aa', 'bb', 'cc'].join('.')),
  ],
  ['of empty parts', 'launch_token_malformed', instead(() => '..')],
  ['that is no base64url', 'launch_token_malformed', instead((_parts, signed) => `%${signed.slice(1)}`)],
  [
    'whose header is no JSON',
    'launch_token_malformed',
    instead(({ claims }) => signAsWritten('{"alg":"RS256"', claims, keys[0]!)),
  ],
  [
    'whose header is a list',
    'launch_token_malformed',
    instead(({ claims }) => signAsWritten('["RS256"]', claims, keys[0]!)),
  ],
  [
    'whose header is null',
    'launch_token_malformed',
    instead(({ claims }) => signAsWritten('null', claims, keys[0]!)),
  ],
  [
    'whose header says the algorithm twice',
    'launch_alg_not_allowed',
    instead(({ header, claims }) =>
      signAsWritten(`{"alg":"RS256","kid":${JSON.stringify(header.kid)},"alg":"none"}`, claims, keys[0]!),
    ),
  ],
  ['whose claims are no JSON', 'launch_token_malformed', spelled((json) => json.slice(1))],
  ['whose claims are a list', 'launch_token_malformed', spelled((json) => `[${json}]`)],
  ['whose claims are null', 'launch_token_malformed', spelled(() => 'null')],
  ['whose claims are empty', 'launch_token_malformed', spelled(() => '')],
  [
    'that says its sub twice',
    'launch_token_malformed',
    spelled((json) => json.replace(/^\{/, '{"sub":"admin",')),
  ],
  [
    'that says its sub twice, once in disguise',
    'launch_token_malformed',
    spelled((json) => json.replace(/^\{/, '{"s\\u0075b":"admin",')),
  ],
  [
    'that says a deployment twice deep down',
    'launch_token_malformed',
    spelled((json) => json.replace(/\}$/, ',"x":{"y":[{"z":1,"z":2}]}}')),
  ],
  ['with a byte order mark', 'launch_token_malformed', spelled((json) => `\ufeff${json}`)],
  [
    'with bytes that are no UTF-8',
    'launch_token_malformed',
    spelled((json) => Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from(',"x":"\xff"}', 'latin1')])),
  ],
  [
    'with a raw control character',
    'launch_token_malformed',
    spelled((json) => json.replace('Ada', 'A\u0001da')),
  ],
  [
    'with 40 levels of nesting',
    'launch_token_malformed',
    spelled((json) => json.replace(/\}$/, `,"x":${'['.repeat(40)}${']'.repeat(40)}}`)),
  ],
  [
    'with 10,000 levels of nesting',
    'launch_token_malformed',
    spelled((json) => json.replace(/\}$/, `,"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)),
  ],
  [
    'of quotes without end',
    'launch_token_malformed',
    spelled((json) => json.replace(/\}$/, `,"x":"${'\\"'.repeat(15_000)}`)),
  ],
  ['of 70 kB', 'launch_token_too_large', claiming({ padding: 'x'.repeat(70_000) })],
  [
    'of 70 kB, unsigned',
    'launch_token_too_large',
    instead(() => `${'x'.repeat(35_000)}.${'x'.repeat(35_000)}.x`),
  ],
  ['of 300 kB', 'body_too_large', claiming({ padding: 'x'.repeat(300_000) })],
  ['of 5 MB', 'body_too_large', instead(() => 'x'.repeat(5_000_000))],
  ['with a custom map of 1 MB', 'body_too_large', saying({ custom: { a: 'x'.repeat(1_000_000) } })],
];
