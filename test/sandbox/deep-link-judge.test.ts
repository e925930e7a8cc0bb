/** The sandbox LMS judges answers to deep linking as the strictest LMSs do: each rule refuses by its name. */
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { judgeAnswer, type JudgeNeeds } from '../../server/sandbox/lms/deep-link/judge.js';
import { DeepLinkRequests, type DeepLinkRequest } from '../../server/sandbox/lms/deep-link/requests.js';
import { generatePlatformKey, type PlatformKey } from '../../server/sandbox/lms/platform-key.js';
import { claim } from '../../server/sandbox/lms/vocabulary.js';
import { answerClaims, signAnswer } from './support/tool.js';

const issuer = 'https://lms.example';
const link = { type: 'ltiResourceLink', url: 'https://tool.example/lti/launch?selection=1', title: 'A link' };

let key: PlatformKey;
let needs: JudgeNeeds;
let request: DeepLinkRequest;
beforeAll(async () => {
  key = await generatePlatformKey();
});
beforeEach(() => {
  const requests = new DeepLinkRequests();
  needs = {
    issuer,
    requests,
    readKeySet: async () => ({ status: 200, body: JSON.stringify({ keys: [key.publicJwk] }) }),
    now: Date.now,
  };
  request = requests.open(issuer, {
    schoolId: 'school',
    person: 'ada',
    course: 'biology',
    clientId: 'tool',
    deploymentId: 'deployment-1',
    runId: 'run',
  });
});

const rightClaims = (items: unknown[] = [link]) =>
  answerClaims(
    { issuer, clientId: 'tool', deploymentId: 'deployment-1', data: request.settings.data },
    items,
  );

/** What the LMS says about an answer with these changes: `about says`, one a problem. */
async function judge(claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string[]> {
  const jwt = await signAnswer(key, claims, header);
  return (await judgeAnswer(needs, request, jwt)).problems.map(({ about, says }) => `${about} ${says}`);
}

describe('an answer', () => {
  it('counts when it is right, also with nothing chosen', async () => {
    expect(await judge(rightClaims())).toEqual([]);
    expect(await judge(rightClaims([]))).toEqual([]);
    expect(await judge({ ...rightClaims(), [claim.deepLinkingItems]: undefined })).toEqual([]);
    expect(await judge({ ...rightClaims(), aud: [issuer, 'another'] })).toEqual([]);
  });

  it('counts once', async () => {
    const claims = rightClaims();
    expect(await judge(claims)).toEqual([]);
    expect(await judge(claims)).toEqual(['nonce was used before: this answer has come already']);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['another iss', { iss: 'another' }, /^iss /],
    ['another aud', { aud: 'https://another.example' }, /^aud /],
    ['no exp', { exp: undefined }, /^exp must be a number/],
    ['an exp that is a text', { exp: '2000000000' }, /^exp must be a number/],
    ['an exp in the past', { exp: 1_000 }, /^exp is over/],
    ['no iat', { iat: undefined }, /^iat must be a number/],
    ['an old iat', { iat: Math.floor(Date.now() / 1_000) - 400 }, /^iat is more than five minutes ago/],
    ['an iat to come', { iat: Math.floor(Date.now() / 1_000) + 100 }, /^iat is in the future/],
    ['no nonce', { nonce: undefined }, /^nonce /],
    ['another message type', { [claim.messageType]: 'LtiResourceLinkRequest' }, /^message_type /],
    ['another version', { [claim.version]: '1.3' }, /^version /],
    ['another deployment', { [claim.deploymentId]: 'deployment-2' }, /^deployment_id /],
    ['no data', { [claim.deepLinkingData]: undefined }, /^data /],
    ['data without its quotes', { [claim.deepLinkingData]: 'request' }, /^data /],
    ['items that are no list', { [claim.deepLinkingItems]: link }, /^content_items /],
    ['a msg that is no text', { [claim.deepLinkingMessage]: 1 }, /^msg /],
  ])('is refused with %s', async (_, changes, said) => {
    const problems = await judge({ ...rightClaims(), ...changes });
    expect(problems).toEqual([expect.stringMatching(said)]);
  });

  it('names everything that is wrong, not only the first thing', async () => {
    const problems = await judge({ ...rightClaims(), iss: 'another', nonce: '' });
    expect(problems).toHaveLength(2);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['another algorithm', { alg: 'PS256' }, 'alg must be RS256'],
    ['alg none', { alg: 'none' }, 'alg must be RS256'],
    ['no kid', { kid: undefined }, 'kid is missing in the header'],
    ['an unknown kid', { kid: 'unknown' }, "kid names no key of the tool's key set"],
  ])('is refused with %s', async (_, header, said) => {
    expect(await judge(rightClaims(), header)).toEqual([said]);
  });

  it('is refused when another key signed it, when it was changed, and when it is no JWT', async () => {
    const another = { ...(await generatePlatformKey()), kid: key.kid };
    const forged = await signAnswer(another, rightClaims());
    const [header, , signature] = (await signAnswer(key, rightClaims())).split('.');
    const changed = `${header}.${Buffer.from(JSON.stringify(rightClaims([]))).toString('base64url')}.${signature}`;
    for (const jwt of [forged, changed]) {
      const { problems } = await judgeAnswer(needs, request, jwt);
      expect(problems.map(({ about }) => about)).toEqual(['signature']);
    }
    expect((await judgeAnswer(needs, request, 'nonsense')).problems.map(({ about }) => about)).toEqual([
      'JWT',
    ]);
  });

  it('is refused while the key set cannot be read', async () => {
    needs.readKeySet = async () => ({ status: 503, body: '' });
    expect(await judge(rightClaims())).toEqual(['key set answers 503']);
    needs.readKeySet = async () => ({ status: 200, body: 'nonsense' });
    expect(await judge(rightClaims())).toEqual(['key set cannot be read']);
  });
});

describe('content items', () => {
  const rich = {
    ...link,
    text: 'A text',
    thumbnail: { url: 'https://tool.example/picture.svg' },
    custom: { a: '1' },
    lineItem: { scoreMaximum: 5, label: 'A link', resourceId: 'r-1', tag: 't' },
    available: { startDateTime: '2030-01-01T00:00:00Z' },
    submission: { endDateTime: '2030-01-02T00:00:00.000+01:00' },
    'https://tool.example/extension': true,
  };

  it('of all types that were asked for count', async () => {
    const items = [
      rich,
      { type: 'link', url: 'https://tool.example/' },
      { type: 'html', html: '<b>Bold</b>' },
      { type: 'image', url: 'https://tool.example/a.png', width: 10 },
      { type: 'file', url: 'https://tool.example/a.pdf', mediaType: 'application/pdf' },
    ];
    expect(await judge(rightClaims(items))).toEqual([]);
  });

  it('come one at a time where only one was asked for', async () => {
    request.settings.accept_multiple = false;
    expect(await judge(rightClaims([link, link]))).toEqual([
      'content_items one item was asked for, several came',
    ]);
    expect(await judge(rightClaims([link]))).toEqual([]);
  });

  it.each<[string, unknown, RegExp]>([
    ['no object', 'link', /^item 1 is no object/],
    ['no type', { url: 'https://a.example' }, /type must be there/],
    [
      'a type that was not asked for',
      { type: 'ltiAssetProcessor' },
      /type ltiAssetProcessor was not asked for/,
    ],
    ['a url that is none', { ...link, url: 'javascript:alert(1)' }, /url must be an http/],
    ['a custom value that is no text', { ...link, custom: { a: 1 } }, /custom must be an object of texts/],
    ['a thumbnail without url', { ...link, thumbnail: 'https://a.example' }, /thumbnail must be an object/],
    ['a title that is no text', { ...link, title: 5 }, /title must be a text/],
    ['no points', { ...link, lineItem: {} }, /lineItem.scoreMaximum must be a number above 0/],
    ['0 points', { ...link, lineItem: { scoreMaximum: 0 } }, /lineItem.scoreMaximum/],
    ['points as text', { ...link, lineItem: { scoreMaximum: '5' } }, /lineItem.scoreMaximum/],
    ['a label that is no text', { ...link, lineItem: { scoreMaximum: 1, label: 1 } }, /lineItem.label/],
    [
      'a date without a zone',
      { ...link, submission: { endDateTime: '2030-01-01T00:00:00' } },
      /submission must/,
    ],
    ['an empty period', { ...link, available: {} }, /available must/],
    ['an unknown property', { ...link, points: 5 }, /points is no property/],
    ['a link without url', { type: 'link' }, /url must be an http/],
    ['an image without url', { type: 'image' }, /url must be an http/],
    ['html without html', { type: 'html' }, /html must be there/],
    [
      'a file of another kind',
      { type: 'file', url: 'https://a.example', mediaType: 'video/mp4' },
      /mediaType/,
    ],
    ['more than fits', { type: 'html', html: 'x'.repeat(20_000) }, /more than 16 kB/],
  ])('are refused with %s', async (_, item, said) => {
    expect(await judge(rightClaims([item]))).toEqual([expect.stringMatching(said)]);
  });

  it('are named by their place', async () => {
    expect(await judge(rightClaims([link, { type: 'link' }]))).toEqual([
      'item 2: url must be an http or https address',
    ]);
  });
});
