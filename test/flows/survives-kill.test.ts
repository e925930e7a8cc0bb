/** What was accepted is still there after kill -9: a code is redeemed, and a spent one stays spent, by the next process. */
import { expect, it } from '@jest/globals';
import { assembleCrowd, codeIn, postLaunch, prepareLaunch, redeem } from '../support/crowd.js';
import { newSqliteFile } from '../support/databases.js';
import { startProcesses } from '../support/processes.js';

it('launches and codes survive kill -9 of the process that took them', async () => {
  const processes = await startProcesses(2, { DATABASE_URL: newSqliteFile() });
  const crowd = await assembleCrowd(processes);
  try {
    const ready = await prepareLaunch(crowd, 0);
    const waiting = codeIn(await postLaunch(crowd, 0, ready));
    const spent = codeIn(await postLaunch(crowd, 0, await prepareLaunch(crowd, 0)));
    expect((await redeem(crowd, 0, spent)).status).toBe(200);
    processes.kill(0);

    expect((await redeem(crowd, 1, waiting)).status).toBe(200);
    expect((await redeem(crowd, 1, spent)).status).toBe(400);
    expect((await postLaunch(crowd, 1, ready)).text).toContain('launch_replayed');
  } finally {
    await crowd.platform.close();
    await processes.stop();
  }
}, 60_000);
