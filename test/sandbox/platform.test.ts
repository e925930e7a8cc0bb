import { beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import {
  SimulatedPlatform,
  generatePlatformKey,
  type PlatformKey,
} from '../../server/sandbox/lms/platform.js';
import type { MessageDraft } from '../../server/sandbox/lms/message.js';
import { claim, role } from '../../server/sandbox/lms/vocabulary.js';

const issuer = 'https://lms.example';
const toolLaunchUrl = 'https://bridge.example/lti/launch';

let key: PlatformKey;
beforeAll(async () => {
  key = await generatePlatformKey();
});

describe('the simulated platform', () => {
  it('starts a login with everything the tool may want to know', () => {
    const fields = newPlatform().startLogin(message());
    expect(fields).toEqual({
      iss: issuer,
      login_hint: 'person-1',
      target_link_uri: toolLaunchUrl,
      lti_message_hint: expect.any(String),
      client_id: 'tool',
      lti_deployment_id: 'deployment-1',
    });
  });

  it('answers a right request with an id_token that its key set verifies', async () => {
    const platform = newPlatform();
    const { redirectUri, fields } = await platform.authorize(rightRequest(platform));
    expect(redirectUri).toBe(toolLaunchUrl);
    expect(fields.state).toBe('state-1');
    expect(fields.error).toBeUndefined();

    const { payload, protectedHeader } = await verify(platform, fields.id_token!);
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: 'RS256', kid: key.kid });
    expect(payload).toMatchObject({
      iss: issuer,
      aud: 'tool',
      sub: 'person-1',
      nonce: 'nonce-1',
      name: 'Ada Sample',
      [claim.messageType]: 'LtiResourceLinkRequest',
      [claim.version]: '1.3.0',
      [claim.deploymentId]: 'deployment-1',
      [claim.targetLinkUri]: toolLaunchUrl,
      [claim.roles]: [role.learner],
      [claim.resourceLink]: { id: 'link-1' },
      [claim.platform]: expect.objectContaining({ guid: 'guid-1' }),
    });
    expect(payload.exp! - payload.iat!).toBe(300);
  });

  it('answers without state when none was sent', async () => {
    const platform = newPlatform();
    const { fields } = await platform.authorize({ ...rightRequest(platform), state: undefined });
    expect(Object.keys(fields)).toEqual(['id_token']);
  });

  it('says nothing that the message does not have', async () => {
    const platform = newPlatform({ guid: undefined });
    const claims = platform.claims({ ...message(), person: undefined, resourceLink: undefined }, 'nonce-1');
    expect(Object.keys(claims).sort()).toEqual(
      [
        ...['iss', 'aud', 'iat', 'exp', 'nonce'],
        ...[claim.messageType, claim.version, claim.deploymentId, claim.targetLinkUri, claim.roles],
      ].sort(),
    );
  });

  it('writes the claims of the services and of the deep-linking and review messages', () => {
    const deepLinking = {
      deep_link_return_url: `${issuer}/return?course=1`,
      accept_types: ['ltiResourceLink'],
      accept_presentation_document_targets: ['iframe'],
    };
    const claims = newPlatform().claims(
      {
        ...message(),
        deepLinking,
        lineItem: `${issuer}/line-items/1`,
        lineItems: `${issuer}/line-items`,
        gradeScopes: ['scope-1'],
        memberships: `${issuer}/memberships`,
        forUser: { id: 'person-2', name: 'Ben Sample', roles: [role.learner] },
        context: { id: 'course-1', title: 'Biology', sourcedId: 'school-1' },
        presentation: { documentTarget: 'iframe', returnUrl: `${issuer}/back` },
        locale: 'en-GB',
      },
      'nonce-1',
    );
    expect(claims).toMatchObject({
      locale: 'en-GB',
      [claim.deepLinkingSettings]: deepLinking,
      [claim.grades]: {
        scope: ['scope-1'],
        lineitem: `${issuer}/line-items/1`,
        lineitems: `${issuer}/line-items`,
      },
      [claim.roster]: { context_memberships_url: `${issuer}/memberships`, service_versions: ['2.0'] },
      [claim.forUser]: { user_id: 'person-2', name: 'Ben Sample', roles: [role.learner] },
      [claim.context]: { id: 'course-1', title: 'Biology' },
      [claim.lis]: { course_section_sourcedid: 'school-1' },
      [claim.presentation]: { document_target: 'iframe', return_url: `${issuer}/back`, locale: 'en-GB' },
    });
    expect(claims[claim.context]).not.toHaveProperty('sourcedId');
  });

  it('lets a test put claims over its own and take claims away', () => {
    const claims = newPlatform().claims(
      { ...message(), claims: { aud: ['tool', 'other'], [claim.version]: undefined } },
      'nonce-1',
    );
    expect(claims.aud).toEqual(['tool', 'other']);
    expect(claims).not.toHaveProperty([claim.version]);
  });

  it.each([
    ['scope', 'openid profile', 'invalid_scope'],
    ['response_type', 'code', 'unsupported_response_type'],
    ['response_mode', 'query', 'invalid_request'],
    ['prompt', 'login', 'invalid_request'],
    ['prompt', undefined, 'invalid_request'],
    ['client_id', 'another', 'unauthorized_client'],
    ['client_id', ['tool', 'tool'], 'unauthorized_client'],
    ['nonce', '', 'invalid_request'],
    ['nonce', undefined, 'invalid_request'],
    ['nonce', ['a', 'b'], 'invalid_request'],
    ['login_hint', 'person-2', 'login_required'],
    ['login_hint', undefined, 'invalid_request'],
    ['lti_message_hint', 'made-up', 'launch_no_longer_valid'],
    ['lti_message_hint', undefined, 'invalid_request'],
  ])('refuses %s = %j with %s, and the login stays open', async (name, value, error) => {
    const platform = newPlatform();
    const request = rightRequest(platform);
    const refused = await platform.authorize({ ...request, [name]: value });
    expect(refused.redirectUri).toBe(toolLaunchUrl);
    expect(refused.fields).toEqual({ error, error_description: expect.any(String), state: 'state-1' });
    expect((await platform.authorize(request)).fields.id_token).toBeDefined();
  });

  it.each([`${toolLaunchUrl}/`, `${toolLaunchUrl}?selection=1`, 'https://elsewhere.example/', undefined])(
    'sends nobody to the redirect_uri %s',
    async (redirectUri) => {
      const platform = newPlatform();
      const request = { ...rightRequest(platform), redirect_uri: redirectUri };
      await expect(platform.authorize(request)).rejects.toMatchObject({
        code: 'request_invalid',
        field: 'redirect_uri',
      });
    },
  );

  it('spends a message hint once, also when two ask at the same time', async () => {
    const platform = newPlatform();
    const request = rightRequest(platform);
    const answers = await Promise.all([platform.authorize(request), platform.authorize(request)]);
    expect(answers.filter(({ fields }) => fields.id_token)).toHaveLength(1);
    expect((await platform.authorize(request)).fields.error).toBe('launch_no_longer_valid');
  });

  it('forgets a login after ten minutes', async () => {
    let time = Date.now();
    const platform = newPlatform({ now: () => time });
    const request = rightRequest(platform);
    time += 601_000;
    expect((await platform.authorize(request)).fields.error).toBe('launch_no_longer_valid');
  });

  it('signs with the first key and publishes all of them', async () => {
    const platform = newPlatform();
    const next = await generatePlatformKey();
    platform.keys.unshift(next);
    const token = await platform.sign({ iss: issuer, aud: 'tool' });
    expect(decodeProtectedHeader(token).kid).toBe(next.kid);
    await verify(platform, token);
    expect(platform.jwks().keys.map((published) => published.kid)).toEqual([next.kid, key.kid]);
    for (const published of platform.jwks().keys) {
      expect(Object.keys(published).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    }
  });

  it('forges the header for tests', async () => {
    const token = await newPlatform().sign({}, { kid: undefined, alg: 'none', typ: undefined });
    expect(Buffer.from(token.split('.')[0]!, 'base64url').toString()).toBe('{"alg":"none"}');
  });
});

function newPlatform(changes: { guid?: undefined; now?: () => number } = {}): SimulatedPlatform {
  return new SimulatedPlatform({
    issuer,
    clientId: 'tool',
    deploymentId: 'deployment-1',
    guid: 'guid-1',
    toolLaunchUrl,
    keys: [key],
    ...changes,
  });
}

function message(): MessageDraft {
  return {
    messageType: 'LtiResourceLinkRequest',
    targetLinkUri: toolLaunchUrl,
    person: { id: 'person-1', name: 'Ada Sample' },
    roles: [role.learner],
    resourceLink: { id: 'link-1' },
  };
}

function rightRequest(platform: SimulatedPlatform): Record<string, unknown> {
  const { login_hint, lti_message_hint } = platform.startLogin(message());
  return {
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    prompt: 'none',
    client_id: 'tool',
    redirect_uri: toolLaunchUrl,
    nonce: 'nonce-1',
    state: 'state-1',
    login_hint,
    lti_message_hint,
  };
}

function verify(platform: SimulatedPlatform, token: string) {
  const keySet = createLocalJWKSet(platform.jwks() as unknown as JSONWebKeySet);
  return jwtVerify(token, keySet, { issuer, audience: 'tool' });
}
