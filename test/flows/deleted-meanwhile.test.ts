/** Another process has deleted what this one still has in memory: people are told calmly, and nothing fails. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { launch, refusalOf, resourceLaunch, startWorld, type World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

it('a launch into a platform that is gone is refused as not connected', async () => {
  await launch(world, resourceLaunch());
  await launch(world, resourceLaunch());
  const page = await launch(world, resourceLaunch(), {
    // Past the store, as another process would.
    afterLogin: async () => {
      await world.bridge.context.database.knex('applications').where({ id: world.application.id }).delete();
    },
  });
  expect([page.status, refusalOf(page)]).toEqual([403, 'launch_registration_inactive']);
});
