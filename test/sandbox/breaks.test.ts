/** Each launch that is broken on purpose is wrong in the one way it says, and right in every other. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { closedDeploymentId } from '../../server/sandbox/lms/break-message.js';
import { breaks } from '../../server/sandbox/lms/breaks.js';
import { sandboxPlatformId } from '../../server/sandbox/identifiers.js';
import { claim } from '../../server/sandbox/lms/vocabulary.js';
import { startSandboxWithTool } from './support/sandbox-with-tool.js';
import { Visitor } from './support/visitor.js';

const path = '/people/ben/courses/biology/open/cell-quiz/launch';
let world: Awaited<ReturnType<typeof startSandboxWithTool>>;
let ben: Visitor;
let right: Record<string, any>;
beforeAll(async () => {
  world = await startSandboxWithTool();
  ben = new Visitor(world.site);
  right = (await launch('')).claims;
});
afterAll(() => world.close());

const launch = (name: string) => ben.launch(`${path}?break=${name}`, world.tool.url);

async function verifies(token: string): Promise<boolean> {
  const keys = JSON.parse((await world.site.ask(`${world.site.lmsUrl}/lti/keys`)).body) as JSONWebKeySet;
  return jwtVerify(token, createLocalJWKSet(keys)).then(
    () => true,
    (error: { code: string }) => error.code === 'ERR_JWT_EXPIRED',
  );
}

/** The claims that are not as they should be; times are compared by what they say now. */
function changed(claims: Record<string, any>): string[] {
  const own = ['iat', 'exp'];
  const names = new Set([...Object.keys(claims), ...Object.keys(right)]);
  return [...names].filter(
    (name) => !own.includes(name) && JSON.stringify(claims[name]) !== JSON.stringify(right[name]),
  );
}

describe('a broken launch', () => {
  it.each<[string, string[]]>([
    ['wrong-audience', ['aud']],
    ['wrong-nonce', ['nonce']],
    ['missing-roles', [claim.roles]],
    ['unknown-deployment', [claim.deploymentId]],
    ['expired', []],
    ['future', []],
    ['unknown-kid', []],
    ['wrong-key', []],
    ['alg-none', []],
    ['replayed', []],
  ])('%s changes %j and nothing else', async (name, claims) => {
    expect(changed((await launch(name)).claims)).toEqual(claims);
  });

  it('has the times it says', async () => {
    const now = Date.now() / 1_000;
    expect((await launch('expired')).claims.exp).toBeLessThan(now - 240);
    expect((await launch('future')).claims.iat).toBeGreaterThan(now + 540);
  });

  it('is signed as it says', async () => {
    const publishedKid = decodeProtectedHeader((await launch('')).fields.id_token!).kid;
    const wrongKey = (await launch('wrong-key')).fields.id_token!;
    expect(decodeProtectedHeader(wrongKey).kid).toBe(publishedKid);
    expect(await verifies(wrongKey)).toBe(false);
    const unknownKid = (await launch('unknown-kid')).fields.id_token!;
    expect(decodeProtectedHeader(unknownKid).kid).not.toBe(publishedKid);
    const none = (await launch('alg-none')).fields.id_token!;
    expect(none).toMatch(/\.$/);
    expect(await verifies((await launch('expired')).fields.id_token!)).toBe(true);
  });

  it('comes from a deployment that the bridge does not let in, and the next one from the usual again', async () => {
    const { login } = await launch('unknown-deployment');
    expect(login.lti_deployment_id).toBe(closedDeploymentId);
    const row = await world.site.stores.deployments.findByDeploymentId(sandboxPlatformId, closedDeploymentId);
    expect(row?.state).toBe('suspended');
    expect((await launch('')).claims[claim.deploymentId]).toBe(right[claim.deploymentId]);
  });

  it('is an error instead of a message', async () => {
    const { fields } = await launch('login-required');
    expect(fields).toEqual({
      error: 'login_required',
      error_description: expect.any(String),
      state: 'state <"1">',
    });
  });

  it('is not taken for one when its name is unknown', async () => {
    expect(changed((await launch('nonsense')).claims)).toEqual([]);
  });

  it('stands with its name and its words on the page', async () => {
    const { body } = await new Visitor(world.site).get(path.replace('/launch', '?break=expired'));
    for (const { name } of breaks) expect(body).toContain(`value="${name}"`);
    expect(body).toContain('Broken on purpose: <strong>Expired.</strong>');
  });
});
