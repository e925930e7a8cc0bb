/** Attacks on what a signed message says: who, for whom, when, and every claim of LTI (trust.md J8 to J11, J13, J22, J23). */
import { randomBytes } from 'node:crypto';
import type { ErrorCode } from '../../../server/lib/errors.js';
import { TestBrowser, type Page } from '../../support/browser.js';
import { selectLaunch } from '../../support/world.js';
import {
  at,
  claiming,
  clientId,
  post,
  ready,
  reviewLaunch,
  saying,
  settingsClaim,
  spelled,
  world,
  type Attack,
} from './setting.js';

const absentValues: [string, unknown][] = [
  ['that is missing', undefined],
  ['that is null', null],
];

/** What must be there, in the order in which it is asked for; null says as much as nothing. */
const requiredClaims: [string, ErrorCode, (value: unknown) => () => Promise<Page>][] = [
  ['an iss', 'launch_claim_missing', (value) => claiming({ iss: value })],
  ['an aud', 'launch_claim_missing', (value) => claiming({ aud: value })],
  ['an exp', 'launch_claim_missing', (value) => claiming({ exp: value })],
  ['an iat', 'launch_claim_missing', (value) => claiming({ iat: value })],
  ['a nonce', 'launch_nonce_missing', (value) => claiming({ nonce: value })],
  ['a version', 'launch_claim_missing', (value) => saying({ version: value })],
  ['a message_type', 'launch_claim_missing', (value) => saying({ message_type: value })],
  ['a deployment_id', 'launch_claim_missing', (value) => saying({ deployment_id: value })],
  ['a target_link_uri', 'launch_claim_missing', (value) => saying({ target_link_uri: value })],
  ['roles', 'launch_claim_missing', (value) => saying({ roles: value })],
  ['a sub', 'launch_claim_missing', (value) => claiming({ sub: value })],
  ['a resource_link', 'launch_claim_missing', (value) => saying({ resource_link: value })],
  [
    'a resource_link.id',
    'launch_claim_missing',
    (value) => saying({ resource_link: { id: value, title: 'x' } }),
  ],
  ['a for_user in a review', 'launch_claim_missing', (value) => saying({ for_user: value }, reviewLaunch)],
  [
    'a for_user.user_id in a review',
    'launch_claim_missing',
    (value) => saying({ for_user: { user_id: value } }, reviewLaunch),
  ],
  ['roles in a review', 'launch_claim_missing', (value) => saying({ roles: value }, reviewLaunch)],
  [
    'deep_linking_settings in a selection',
    'launch_claim_missing',
    (value) => claiming({ [settingsClaim]: value }, selectLaunch),
  ],
  [
    'a deep_link_return_url in a selection',
    'launch_claim_missing',
    (value) =>
      claiming(
        { [settingsClaim]: { ...selectLaunch().deepLinking, deep_link_return_url: value } },
        selectLaunch,
      ),
  ],
  [
    'accept_types in a selection',
    'launch_claim_missing',
    (value) =>
      claiming({ [settingsClaim]: { ...selectLaunch().deepLinking, accept_types: value } }, selectLaunch),
  ],
];

const issuer = () => world.platform.platform.issuer;

export const identityAttacks: Attack[] = [
  ['from an issuer with a slash more', 'launch_issuer_mismatch', () => claiming({ iss: `${issuer()}/` })()],
  [
    'from an issuer in capital letters',
    'launch_issuer_mismatch',
    () => claiming({ iss: issuer().toUpperCase() })(),
  ],
  ['from an issuer with a space', 'launch_issuer_mismatch', () => claiming({ iss: ` ${issuer()}` })()],
  [
    'from an issuer that looks the same',
    'launch_issuer_mismatch',
    () => claiming({ iss: issuer().replace('127', '１27') })(),
  ],
  ['from a list of issuers', 'launch_issuer_mismatch', () => claiming({ iss: [issuer()] })()],
  ['from an issuer that is an object', 'launch_issuer_mismatch', claiming({ iss: {} })],
  ['for another audience', 'launch_audience_mismatch', claiming({ aud: 'other' })],
  ['for an audience that begins like us', 'launch_audience_mismatch', claiming({ aud: `${clientId}-2` })],
  ['for an audience that ends like us', 'launch_audience_mismatch', claiming({ aud: `x${clientId}` })],
  [
    'for an audience that names us among others',
    'launch_audience_mismatch',
    claiming({ aud: `a ${clientId}` }),
  ],
  [
    'for an audience in capital letters',
    'launch_audience_mismatch',
    claiming({ aud: clientId.toUpperCase() }),
  ],
  ['for nobody', 'launch_audience_mismatch', claiming({ aud: [] })],
  ['for others', 'launch_audience_mismatch', claiming({ aud: ['a', 'b'], azp: clientId })],
  ['for a list in a list', 'launch_audience_mismatch', claiming({ aud: [[clientId]] })],
  ['for a number', 'launch_audience_mismatch', claiming({ aud: 5 })],
  ['for us and others without azp', 'launch_azp_mismatch', claiming({ aud: [clientId, 'other'] })],
  [
    'for us and others with their azp',
    'launch_azp_mismatch',
    claiming({ aud: [clientId, 'other'], azp: 'other' }),
  ],
  ['for us with the azp of others', 'launch_azp_mismatch', claiming({ azp: 'other' })],
  ['for us with an azp that begins like us', 'launch_azp_mismatch', claiming({ azp: `${clientId}-2` })],
  ['for us with a list of azp', 'launch_azp_mismatch', claiming({ azp: [clientId] })],
  ['with an empty nonce', 'launch_nonce_missing', claiming({ nonce: '' })],
  [
    'with a fresh nonce that we never gave out',
    'launch_nonce_invalid',
    () => claiming({ nonce: randomBytes(32).toString('base64url') })(),
  ],
  ['with a list of nonces', 'launch_nonce_invalid', claiming({ nonce: ['x'] })],
  ['with a number for a nonce', 'launch_nonce_invalid', claiming({ nonce: 5 })],
  [
    'with the nonce of another login',
    'launch_nonce_invalid',
    async () => {
      const { nonce } = await ready(new TestBrowser());
      return claiming({ nonce })();
    },
  ],
  [
    'with the token of another login in the same browser',
    'launch_nonce_invalid',
    async () => {
      const browser = new TestBrowser();
      const [first, second] = [await ready(browser), await ready(browser)];
      return post({ id_token: first.id_token, state: second.state }, browser);
    },
  ],
  [
    'whose sub comes by inheritance',
    'launch_claim_missing',
    spelled((json) => json.replace('"sub":"user-1"', '"__proto__":{"sub":"admin"}')),
  ],
];

/** Time by the claim, with the detail that the log must have. */
export const timeAttacks: [...Attack, detail: RegExp][] = [
  [
    'that expired 61 seconds ago',
    'launch_expired',
    () => claiming({ exp: at(-61), iat: at(-300) })(),
    /^expired 61 s ago$/,
  ],
  [
    'that expired an hour ago',
    'launch_expired',
    () => claiming({ exp: at(-3_600) })(),
    /^expired 3600 s ago$/,
  ],
  [
    'that expires before it was made',
    'launch_expired',
    claiming({ exp: 22222, iat: 11111 }),
    /^expired \d+ s ago$/,
  ],
  ['with a negative exp', 'launch_expired', claiming({ exp: -1 }), /^expired \d+ s ago$/],
  [
    'with an exp in milliseconds',
    'launch_too_old',
    () => claiming({ exp: at(300) * 1_000 })(),
    /^lasts \d+ s$/,
  ],
  [
    'with an exp in ten years',
    'launch_too_old',
    () => claiming({ exp: at(315_360_000) })(),
    /^lasts 315360000 s$/,
  ],
  ['made 61 seconds ahead', 'launch_not_yet_valid', () => claiming({ iat: at(61) })(), /^iat is 61 s ahead$/],
  [
    'made five minutes ahead',
    'launch_not_yet_valid',
    () => claiming({ iat: at(300), exp: at(600) })(),
    /^iat is 300 s ahead$/,
  ],
  [
    'made ten years ahead',
    'launch_not_yet_valid',
    () => claiming({ iat: at(315_360_000), exp: at(315_360_300) })(),
    /^iat is 315360000 s ahead$/,
  ],
  ['good in 61 seconds', 'launch_not_yet_valid', () => claiming({ nbf: at(61) })(), /^nbf is 61 s ahead$/],
  [
    'made more than an hour ago',
    'launch_too_old',
    () => claiming({ iat: at(-3_661), exp: at(300) })(),
    /^made 3661 s ago$/,
  ],
  ['with an iat of 1970', 'launch_too_old', claiming({ iat: 0 }), /^made \d+ s ago$/],
];

const shapes: [string, () => Promise<Page>][] = [
  ['a text for exp', () => claiming({ exp: String(at(300)) })()],
  ['a text for iat', () => claiming({ iat: String(at(0)) })()],
  ['a text for nbf', () => claiming({ nbf: String(at(0)) })()],
  ['a list for exp', () => claiming({ exp: [at(300)] })()],
  ['a number without end for exp', spelled((json) => json.replace(/"exp":\d+/, '"exp":1e999'))],
  ['an empty deployment_id', saying({ deployment_id: '' })],
  ['a number for a deployment_id', saying({ deployment_id: 1 })],
  ['a list of deployment_ids', saying({ deployment_id: ['test-deployment'] })],
  ['a deployment_id of 256 letters', saying({ deployment_id: 'd'.repeat(256) })],
  ['a deployment_id outside ASCII', saying({ deployment_id: 'déploiement' })],
  ['a deployment_id with a NUL', saying({ deployment_id: 'test-deployment\u0000' })],
  ['a deployment_id in capital letters', saying({ deployment_id: 'TEST-DEPLOYMENT' })],
  ['a number for a target_link_uri', saying({ target_link_uri: 5 })],
  ['a text for roles', saying({ roles: 'Instructor' })],
  ['an object for roles', saying({ roles: { 0: 'Instructor' } })],
  ['a number among the roles', saying({ roles: [1] })],
  ['null among the roles', saying({ roles: [null] })],
  ['201 roles', saying({ roles: Array.from({ length: 201 }, (_, i) => `role ${i}`) })],
  ['5,000 roles', saying({ roles: Array.from({ length: 5_000 }, () => 'x') })],
  ['a text for roles in a selection', saying({ roles: 'Instructor' }, selectLaunch)],
  ['an empty sub', claiming({ sub: '' })],
  ['a number for a sub', claiming({ sub: 5 })],
  ['a list of subs', claiming({ sub: ['user-1'] })],
  ['a sub of 256 letters', claiming({ sub: 's'.repeat(256) })],
  ['a sub outside ASCII', claiming({ sub: 'usér' })],
  ['a sub with a NUL', claiming({ sub: 'user-1\u0000' })],
  ['a sub with a line break', claiming({ sub: 'user-1\n' })],
  ['a number for a resource_link.id', saying({ resource_link: { id: 5 } })],
  ['a resource_link.id of 256 letters', saying({ resource_link: { id: 'l'.repeat(256) } })],
  ['a resource_link.id with a NUL', saying({ resource_link: { id: 'l\u0000' } })],
  ['half a letter for a resource_link.id', saying({ resource_link: { id: 'l\ud800' } })],
  ['a number for a context.id', saying({ context: { id: 5 } })],
  ['a context.id of 256 letters', saying({ context: { id: 'c'.repeat(256) } })],
  ['a context.id with a NUL', saying({ context: { id: 'c\u0000' } })],
  ['half a letter for a context.id', saying({ context: { id: '\udc00' } })],
  [
    '101 custom parameters',
    saying({ custom: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`c${i}`, ''])) }),
  ],
  ['a custom parameter of 4,097 letters', saying({ custom: { a: 'x'.repeat(4_097) } })],
  ['a custom parameter that is a large object', saying({ custom: { a: { b: 'x'.repeat(4_097) } } })],
  ['a number for whose submission it is', saying({ for_user: { user_id: 5 } }, reviewLaunch)],
  ['a guid of 256 letters', saying({ tool_platform: { guid: 'g'.repeat(256) } })],
  ['a guid of 20,000 letters', saying({ tool_platform: { guid: 'g'.repeat(20_000) } })],
  ['a guid with a NUL', saying({ tool_platform: { guid: 'g\u0000' } })],
];

export const claimAttacks: Attack[] = [
  ...requiredClaims.flatMap(([name, code, attack]) =>
    absentValues.map(([how, value]): Attack => [`with ${name} ${how}`, code, attack(value)]),
  ),
  ['with an empty target_link_uri', 'launch_claim_missing', saying({ target_link_uri: '' })],
  ['with an empty resource_link.id', 'launch_claim_missing', saying({ resource_link: { id: '' } })],
  ['with a text for a resource_link', 'launch_claim_missing', saying({ resource_link: 'link-1' })],
  ['with a list for a resource_link', 'launch_claim_missing', saying({ resource_link: [{ id: 'link-1' }] })],
  ...shapes.map(([title, attack]): Attack => [`with ${title}`, 'launch_claim_invalid', attack]),
  ...['11.3', '1.3', '1.3.0.0', '1.3.0 ', 'LTI-1p0', '', 1.3, ['1.3.0'], {}].map((version): Attack => [
    `in version ${JSON.stringify(version)}`,
    'launch_version_unsupported',
    saying({ version }),
  ]),
  ...[
    'LtiStartProctoring',
    'LtiEndAssessment',
    'LtiDataPrivacyLaunchRequest',
    'LtiAssetProcessorSettingsRequest',
    'LtiDeepLinkingResponse',
    'ltiresourcelinkrequest',
    'LtiResourceLinkRequest ',
    'basic-lti-launch-request',
    '__proto__',
    '',
    ['LtiResourceLinkRequest'],
    5,
  ].map((type): Attack => [
    `of type ${JSON.stringify(type)}`,
    'launch_message_type_unsupported',
    saying({ message_type: type }),
  ]),
  ...[
    'https://evil.example/',
    'javascript:alert(1)',
    'https://tool.example/lti/launch/',
    'https://tool.example/lti/launch?x=1',
    'https://tool.example/lti/launch#x',
    'HTTPS://tool.example/lti/launch',
    'https%253A%252F%252Ftool.example%252Flti%252Flaunch',
  ].map((target): Attack => [
    `to the target ${target}, of which the login did not speak`,
    'launch_target_invalid',
    saying({ target_link_uri: target }),
  ]),
  ...[
    'javascript:alert(1)',
    'ftp://lms.example/return',
    'file:///etc/passwd',
    'data:text/html,x',
    '/return',
    '//evil.example/return',
    'https://user@lms.example/return',
    'https://user:password@lms.example/return',
    'https://',
    'not an address',
  ].map((returnUrl): Attack => [
    `that wants its selection at ${returnUrl}`,
    'dl_return_url_invalid',
    claiming(
      { [settingsClaim]: { ...selectLaunch().deepLinking, deep_link_return_url: returnUrl } },
      selectLaunch,
    ),
  ]),
];
