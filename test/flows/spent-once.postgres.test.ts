/**
 * What can be spent once is spent once, over any number of processes: launches posted to all of them at the same moment,
 * and codes redeemed at all of them at the same moment, have exactly one winner each.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  codeIn,
  assembleCrowd,
  everywhere,
  inParallel,
  postLaunch,
  prepareLaunch,
  redeem,
  type Crowd,
} from '../support/crowd.js';
import { newPostgres, newSqliteFile } from '../support/databases.js';
import { startProcesses } from '../support/processes.js';
import { refusalOf } from '../support/world.js';

const set = [
  { name: 'two processes on PostgreSQL', count: 2, newDatabase: newPostgres, launches: 1_000, codes: 2_000 },
  {
    name: 'three processes on SQLite',
    count: 3,
    newDatabase: async () => newSqliteFile(),
    launches: 300,
    codes: 500,
  },
];

describe.each(set)('over $name', ({ count, newDatabase, launches, codes }) => {
  let crowd: Crowd;
  beforeAll(async () => {
    crowd = await assembleCrowd(await startProcesses(count, { DATABASE_URL: await newDatabase() }));
  }, 120_000);
  afterAll(async () => {
    await crowd.platform.close();
    await crowd.processes.stop();
  }, 60_000);

  it(`${launches} launches posted to all processes at once are accepted once each`, async () => {
    const answers = await inParallel(launches, 8, async (number) => {
      const ready = await prepareLaunch(crowd, number);
      return everywhere(crowd, (index) => postLaunch(crowd, index, ready));
    });
    const accepted = answers.map((rivals) => rivals.filter(({ status }) => status === 303));
    expect(accepted.filter((winners) => winners.length !== 1)).toEqual([]);
    const losers = answers.flat().filter(({ status }) => status !== 303);
    const refusals = new Set(losers.map(({ status, text }) => `${status} ${refusalOf({ text } as never)}`));
    expect([...refusals]).toEqual(['400 launch_replayed']);
  }, 600_000);

  it(`${codes} codes redeemed at all processes at once are granted once each`, async () => {
    const answers = await inParallel(codes, 8, async (number) => {
      const launched = await postLaunch(crowd, number % count, await prepareLaunch(crowd, number));
      return everywhere(crowd, (index) => redeem(crowd, index, codeIn(launched)));
    });
    const granted = answers.map((rivals) => rivals.filter(({ status }) => status === 200));
    expect(granted.filter((winners) => winners.length !== 1)).toEqual([]);
    const losers = answers.flat().filter(({ status }) => status !== 200);
    expect(new Set(losers.map(({ status, text }) => `${status} ${JSON.parse(text).error}`))).toEqual(
      new Set(['400 invalid_grant']),
    );

    // Losing the race to oneself is a reload, not an attack: the winner's tokens are good.
    const alive = await inParallel(50, 8, async (number) => {
      const { access_token } = JSON.parse(granted[number]![0]!.text);
      return crowd.processes.send(number % count, 'GET', '/api/v2/my/profile', {
        headers: { authorization: `Bearer ${access_token}` },
      });
    });
    expect(alive.filter(({ status }) => status !== 200)).toEqual([]);
  }, 600_000);
});
