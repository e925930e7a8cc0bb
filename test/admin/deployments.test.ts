/** /admin/api/deployments: where an LMS put the tool, and whether people from there are let in. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, launch, refusalOf, resourceLaunch, startWorld, type World } from '../support/world.js';
import { startPlatform, type TestPlatform } from '../support/platform.js';

const unknownId = '00000000-0000-4000-8000-000000000000';

let world: World;
/** A platform whose new deployments wait for the operator. */
let careful: World;
let carefulPlatform: TestPlatform;
beforeAll(async () => {
  world = await startWorld();
  carefulPlatform = await startPlatform({ toolLaunchUrl: `${world.bridge.url}/lti/launch` });
  const platformId = await connect(world.bridge, carefulPlatform, world.application, {
    deployment_policy: 'approve',
  });
  careful = { ...world, platform: carefulPlatform, platformId };
});
afterAll(async () => {
  await carefulPlatform.close();
  await world.stop();
});

const admin = (method: string, path: string, body?: unknown) => world.bridge.admin(method, path, body);
const deploymentsOf = async (platformId: string): Promise<any[]> =>
  (await admin('GET', `deployments?platform_id=${platformId}`)).body.items;

describe('a deployment', () => {
  it('is known from its first launch on, and active where the platform lets all in', async () => {
    expect(await deploymentsOf(world.platformId)).toEqual([]);
    expect((await launch(world, resourceLaunch())).status).toBe(303);
    expect(await deploymentsOf(world.platformId)).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        platform_id: world.platformId,
        deployment_id: 'test-deployment',
        state: 'active',
        created_at: expect.any(String),
        updated_at: expect.any(String),
      },
    ]);
  });

  it('waits where the operator wants to be asked, and is let in by activation', async () => {
    const first = await launch(careful, resourceLaunch());
    expect([first.status, refusalOf(first)]).toEqual([403, 'launch_deployment_pending']);
    const [pending] = await deploymentsOf(careful.platformId);
    expect(pending).toMatchObject({ deployment_id: 'test-deployment', state: 'pending' });

    const { status, body } = await admin('POST', `deployments/${pending.id}/activate`);
    expect([status, body.state]).toEqual([200, 'active']);
    expect((await launch(careful, resourceLaunch())).status).toBe(303);
  });

  it('that is suspended lets nobody in until it is activated', async () => {
    const [{ id }] = await deploymentsOf(world.platformId);
    expect((await admin('POST', `deployments/${id}/suspend`)).body.state).toBe('suspended');
    const refused = await launch(world, resourceLaunch());
    expect(refused.status).toBe(403);
    expect(refused.location).toBeUndefined();
    expect((await admin('POST', `deployments/${id}/activate`)).body.state).toBe('active');
    expect((await launch(world, resourceLaunch())).status).toBe(303);
  });
});

describe('the list of deployments', () => {
  it('is read page by page, of one platform or of all', async () => {
    const { learn } = world.bridge.context.deployments;
    for (let i = 0; i < 5; i += 1)
      await learn.call(world.bridge.context.deployments, careful.platformId, `paged-${i}`, 'pending');
    const all = await deploymentsOf(careful.platformId);
    const seen: string[] = [];
    let after = '';
    for (let page = 0; page < 10; page += 1) {
      const { body } = await admin('GET', `deployments?platform_id=${careful.platformId}&limit=2${after}`);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.next === null) break;
      after = `&after=${body.next}`;
    }
    expect(seen).toEqual(all.map(({ id }) => id));
    expect(new Set(seen).size).toBe(6);
    const everywhere = (await admin('GET', 'deployments')).body.items;
    expect(new Set(everywhere.map((one: any) => one.platform_id))).toEqual(
      new Set([world.platformId, careful.platformId]),
    );
    expect(await deploymentsOf(unknownId)).toEqual([]);
  });

  it.each([
    ['limit', '0'],
    ['limit', '201'],
    ['after', 'x'],
    ['platform_id', 'x'],
    ['platform', unknownId],
  ])('refuses %s=%s', async (name, value) => {
    const { status, body } = await admin('GET', `deployments?${name}=${value}`);
    expect([status, body.error, body.field]).toEqual([400, 'request_invalid', name]);
  });
});

describe('a deployment that does not exist', () => {
  it.each([unknownId, 'x', '%00', 'test-deployment'])('(%s) is not found', async (id) => {
    for (const verb of ['activate', 'suspend']) {
      const { status, body } = await admin('POST', `deployments/${id}/${verb}`);
      expect([status, body.error]).toEqual([404, 'not_found']);
    }
  });
});
