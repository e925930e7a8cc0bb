/** What goes when, and what stays: purging on both databases, with the clock moved instead of waited for. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestClock } from '../support/bridge.js';
import { databases } from '../support/databases.js';
import {
  codeOf,
  exchange,
  launch,
  refresh,
  resourceLaunch,
  startWorld,
  type World,
} from '../support/world.js';

const day = 86_400;

describe.each(databases)('purging on %s', (_name, newDatabase) => {
  let world: World;
  let clock: TestClock;
  beforeEach(async () => {
    clock = new TestClock();
    world = await startWorld({
      environment: { DATABASE_URL: await newDatabase(), LAUNCH_DAYS: '30', GRANT_IDLE_DAYS: '400' },
      overrides: { now: clock.now },
    });
  });
  afterEach(() => world.stop());

  const count = async (table: string) => {
    const [row] = await world.bridge.context.database.knex(table).count({ rows: '*' });
    return Number(row!.rows);
  };
  const purge = () => world.bridge.context.purge();

  it('takes nothing that is still needed', async () => {
    await exchange(world, codeOf(await launch(world, resourceLaunch())));
    await launch(world, resourceLaunch());
    expect(Object.values(await purge()).every((count) => count === 0)).toBe(true);
  });

  it('takes a launch that nobody redeemed after LAUNCH_DAYS, with its code', async () => {
    await launch(world, resourceLaunch());
    clock.advance(29 * day);
    expect((await purge()).launches).toBe(0);
    clock.advance(2 * day);
    expect((await purge()).launches).toBe(1);
    expect(await count('launches')).toBe(0);
    expect(await count('oauth_artifacts')).toBe(0);
    expect(await count('people')).toBe(1);
  });

  it('takes the text of a redeemed launch after LAUNCH_DAYS and leaves its grant', async () => {
    const { body } = await exchange(world, codeOf(await launch(world, resourceLaunch())));
    clock.advance(31 * day);
    const report = await purge();
    expect(report).toMatchObject({ launches: 0, messages: 1 });
    expect(await world.bridge.context.database.knex('launches').pluck('message')).toEqual([null]);
    expect((await refresh(world, body.refresh_token)).status).toBe(200);
    expect((await purge()).messages).toBe(0);
  });

  it('takes a grant that was not used for GRANT_IDLE_DAYS, and one that was used lives on', async () => {
    const { body } = await exchange(world, codeOf(await launch(world, resourceLaunch())));
    for (let month = 0; month < 14; month += 1) {
      clock.advance(30 * day);
      expect((await refresh(world, body.refresh_token)).status).toBe(200);
      await purge();
    }
    expect(await count('launches')).toBe(1);
    clock.advance(401 * day);
    expect((await refresh(world, body.refresh_token)).body.error).toBe('invalid_grant');
    expect((await purge()).launches).toBe(1);
  });

  it('keeps a revoked grant as a tombstone for LAUNCH_DAYS', async () => {
    await exchange(world, codeOf(await launch(world, resourceLaunch())));
    const [id] = await world.bridge.context.database.knex('launches').pluck('id');
    clock.advance(31 * day);
    await world.bridge.context.launches.revokeGrant(id);
    expect((await purge()).launches).toBe(0);
    expect(await count('launches')).toBe(1);
    clock.advance(31 * day);
    expect((await purge()).launches).toBe(1);
  });

  it('takes spent codes after a day and access tokens after their hour', async () => {
    await exchange(world, codeOf(await launch(world, resourceLaunch())));
    expect(await count('oauth_artifacts')).toBe(3);
    clock.advance(3_700);
    expect((await purge()).oauth_artifacts).toBe(1);
    clock.advance(day);
    expect((await purge()).oauth_artifacts).toBe(1);
    expect(await world.bridge.context.database.knex('oauth_artifacts').pluck('kind')).toEqual([
      'RefreshToken',
    ]);
  });

  it('works in batches, however much there is', async () => {
    await launch(world, resourceLaunch());
    const { knex } = world.bridge.context.database;
    const [row] = await knex('launches');
    const copies = Array.from({ length: 2_300 }, (_, index) => ({
      ...row,
      id: `copy-${index}`,
      nonce_hash: `copy-${index}`,
    }));
    for (let from = 0; from < copies.length; from += 50)
      await knex('launches').insert(copies.slice(from, from + 50));
    clock.advance(31 * day);
    expect((await purge()).launches).toBe(2_301);
  });

  it('caps the refused launches that are kept', async () => {
    const { knex } = world.bridge.context.database;
    const rows = Array.from({ length: 10_150 }, (_, index) => ({
      id: `refused-${index}`,
      reference: 'AAAA-AAAA',
      platform_id: null,
      code: 'launch_replayed',
      detail: null,
      created_at: clock.now() - index,
    }));
    for (let from = 0; from < rows.length; from += 100)
      await knex('refused_launches').insert(rows.slice(from, from + 100));
    expect((await purge()).refused_launches).toBe(150);
    clock.advance(31 * day);
    expect((await purge()).refused_launches).toBe(10_000);
  });
});
