/**
 * Speed is counted: how many statements touch rows, and how many requests leave, for a launch, an exchange and a refresh
 * once everything they meet is known.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { databases } from '../support/databases.js';
import { StatementCounter } from '../support/statements.js';
import {
  codeOf,
  exchange,
  launch,
  refresh,
  requestToken,
  resourceLaunch,
  selectLaunch,
  startWorld,
  type World,
} from '../support/world.js';

describe.each(databases)('in steady state on %s', (_name, newDatabase) => {
  let world: World;
  let counter: StatementCounter;
  const teacher = { id: 'teacher-1', name: 'Grace Sample' };
  const select = () => selectLaunch({ person: teacher });
  const graded = () =>
    resourceLaunch({ lineItem: 'https://lms.example/items/1', lineItems: 'https://lms.example/items' });

  beforeAll(async () => {
    world = await startWorld({ environment: { DATABASE_URL: await newDatabase() } });
    counter = new StatementCounter(world.bridge.context.database);
    await exchange(world, codeOf(await launch(world, resourceLaunch())));
    await launch(world, graded());
    await launch(world, select());
  });
  afterAll(() => world.stop());

  it.each([
    ['a class launch', resourceLaunch],
    ['an assignment launch', graded],
    ['a selection launch', select],
  ])(
    '%s takes three statements: one that reads, one for the launch, one for its code',
    async (_kind, draft) => {
      const statements = await counter.during(() => launch(world, draft()));
      expect(statements).toEqual([
        expect.stringMatching(/^select .*\sfrom \(select/s),
        expect.stringMatching(/^insert into .launches/),
        expect.stringMatching(/^insert into oauth_artifacts/),
      ]);
    },
  );

  it('a launch asks the platform nothing', async () => {
    const before = world.platform.keySetRequests;
    await launch(world, resourceLaunch());
    expect(world.platform.keySetRequests).toBe(before);
  });

  it('a login that is never finished takes no statement', async () => {
    const { platform } = world.platform;
    const statements = await counter.during(() =>
      fetch(`${world.bridge.url}/lti/login`, {
        method: 'POST',
        body: new URLSearchParams(platform.startLogin(resourceLaunch())),
        redirect: 'manual',
      }),
    );
    expect(statements).toEqual([]);
  });

  it('each kind of row that changed takes one statement more', async () => {
    const renamed = resourceLaunch({ person: { id: 'user-1', name: 'Ada Renamed' } });
    expect(await counter.during(() => launch(world, renamed))).toHaveLength(4);
    const retitled = resourceLaunch({
      person: { id: 'user-1' },
      context: { id: 'course-1', title: 'Math 102' },
    });
    expect(await counter.during(() => launch(world, retitled))).toHaveLength(4);
  });

  it('a launch of a new person in a known class takes two more: the person and the enrollment', async () => {
    const newcomer = resourceLaunch({
      person: { id: 'newcomer', name: 'New Comer' },
      context: { id: 'course-1', title: 'Math 102' },
    });
    expect(await counter.during(() => launch(world, newcomer))).toHaveLength(5);
  });

  it('a code exchange takes at most five statements', async () => {
    const code = codeOf(await launch(world, resourceLaunch()));
    const statements = await counter.during(() => exchange(world, code));
    expect(statements.length).toBeLessThanOrEqual(5);
    expect(statements).toHaveLength(5);
  });

  it('a refresh takes at most four statements, and three while the grant was used within a day', async () => {
    const { body } = await exchange(world, codeOf(await launch(world, resourceLaunch())));
    const statements = await counter.during(() => refresh(world, body.refresh_token));
    expect(statements).toHaveLength(3);
  });

  it('a refused exchange with a wrong secret touches no row', async () => {
    const code = codeOf(await launch(world, resourceLaunch()));
    const refused = await counter.during(() =>
      requestToken(world, { grant_type: 'authorization_code', code }, { secret: 'wrong' }),
    );
    expect(refused).toEqual([]);
  });
});
