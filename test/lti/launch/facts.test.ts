/** What a verified message tells beyond the checks; here the decisions that depend on the kind of service and on privacy. */
import { describe, expect, it } from '@jest/globals';
import type { BridgeError } from '../../../server/lib/errors.js';
import { readFacts, withoutPrivateClaims } from '../../../server/lti/launch/facts.js';

const lti = 'https://purl.imsglobal.org/spec/lti/claim/';
const settings = 'https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings';

function returnUrl(address: string, development: boolean): string {
  const claims = { [settings]: { deep_link_return_url: address, accept_types: ['link'] } };
  try {
    return readFacts(claims, 'LtiDeepLinkingRequest', { development }).details.deepLinking!.returnUrl;
  } catch (error) {
    return (error as BridgeError).code;
  }
}

describe('a selection may be sent to', () => {
  it.each([
    'https://lms.example/return',
    'https://lms.example:8443/return?a=b&c=%20d#e',
    'HTTPS://LMS.example/',
  ])('%s', (address) => {
    expect(returnUrl(address, false)).toBe(address);
    expect(returnUrl(address, true)).toBe(address);
  });

  it('http in development only', () => {
    expect(returnUrl('http://localhost:3000/return', true)).toBe('http://localhost:3000/return');
    expect(returnUrl('http://lms.example/return', false)).toBe('dl_return_url_invalid');
  });

  it.each(['javascript:alert(1)', '//lms.example/', 'https://user@lms.example/', 'https://', 'x'])(
    'nowhere like %s',
    (address) => {
      expect(returnUrl(address, true)).toBe('dl_return_url_invalid');
      expect(returnUrl(address, false)).toBe('dl_return_url_invalid');
    },
  );
});

describe('deep-linking settings', () => {
  it('are read leniently where they only tell something', () => {
    const claims = {
      [settings]: {
        deep_link_return_url: 'https://lms.example/',
        accept_types: ['ltiResourceLink', 5, 'link'],
        accept_multiple: 'true',
        accept_lineitem: 'perhaps',
        auto_create: false,
        accept_presentation_document_targets: 'iframe',
        title: 5,
        data: '',
      },
    };
    expect(readFacts(claims, 'LtiDeepLinkingRequest', { development: false }).details.deepLinking).toEqual({
      returnUrl: 'https://lms.example/',
      acceptTypes: ['ltiResourceLink', 'link'],
      acceptMediaTypes: null,
      acceptPresentationDocumentTargets: [],
      acceptMultiple: true,
      acceptLineItem: null,
      autoCreate: false,
      title: null,
      text: null,
      // Empty is not absent: it has to be sent back.
      data: '',
    });
  });

  it('of another message say nothing', () => {
    const claims = { [settings]: {}, [`${lti}resource_link`]: { id: 'link-1' } };
    expect(
      readFacts(claims, 'LtiResourceLinkRequest', { development: false }).details.deepLinking,
    ).toBeNull();
  });
});

describe('the services of a message', () => {
  const ags = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint';
  const nrps = 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice';
  const details = (claims: Record<string, unknown>) =>
    readFacts({ [`${lti}resource_link`]: { id: 'link-1' }, ...claims }, 'LtiResourceLinkRequest', {
      development: false,
    }).details;

  it.each([
    [
      { scope: ['a'], lineitems: 'x', lineitem: 'y' },
      { scopes: ['a'], lineItems: 'x', lineItem: 'y' },
    ],
    [{ lineitem: 'y' }, { scopes: [], lineItems: null, lineItem: 'y' }],
    [
      { scope: 'a', lineitems: 'x' },
      { scopes: [], lineItems: 'x', lineItem: null },
    ],
    [{ scope: ['a'] }, null],
    [{ lineitem: '', lineitems: null }, null],
    [[], null],
    ['x', null],
  ])('for grades of %j are %j', (claim, expected) => {
    expect(details({ [ags]: claim }).grades).toEqual(expected);
  });

  it.each([
    [
      { context_memberships_url: 'x', service_versions: ['2.0'] },
      { membershipsUrl: 'x', serviceVersions: ['2.0'] },
    ],
    [
      { context_memberships_url: 'x', scope: ['a'] },
      { membershipsUrl: 'x', serviceVersions: [] },
    ],
    [{ service_versions: ['2.0'] }, null],
    [{ context_memberships_url: 5 }, null],
  ])('for the roster of %j are %j', (claim, expected) => {
    expect(details({ [nrps]: claim }).roster).toEqual(expected);
  });
});

describe('claims less what is private', () => {
  const claims = {
    sub: 'user-1',
    name: 'Ada Sample',
    given_name: 'Ada',
    email: 'ada@school.example',
    picture: 'https://lms.example/ada.png',
    locale: 'de',
    [`${lti}lis`]: { person_sourcedid: '4711', course_section_sourcedid: 'section' },
    [`${lti}for_user`]: {
      user_id: 'user-2',
      name: 'Grace',
      email: 'g@school.example',
      person_sourcedid: '4712',
    },
    [`${lti}custom`]: { name: 'a parameter of that name' },
  };
  const custom = claims[`${lti}custom`];
  const lis = { course_section_sourcedid: 'section' };

  it('are all of them at the level public', () => {
    expect(withoutPrivateClaims(claims, 'public')).toEqual(claims);
  });

  it.each([
    ['name_only', { name: 'Ada Sample', given_name: 'Ada' }, { user_id: 'user-2', name: 'Grace' }],
    ['email_only', { email: 'ada@school.example' }, { user_id: 'user-2', email: 'g@school.example' }],
    ['anonymous', {}, { user_id: 'user-2' }],
  ] as const)('are those of the level %s', (level, person, forUser) => {
    expect(withoutPrivateClaims(claims, level)).toEqual({
      sub: 'user-1',
      locale: 'de',
      ...person,
      [`${lti}lis`]: lis,
      [`${lti}for_user`]: forUser,
      [`${lti}custom`]: custom,
    });
  });

  it('keep what is no object as it is', () => {
    const odd = { [`${lti}for_user`]: 'x', [`${lti}lis`]: null };
    expect(withoutPrivateClaims(odd, 'anonymous')).toEqual(odd);
  });
});
