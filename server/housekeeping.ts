/**
 * What has to be done now and then, by every process: purging, sealing anew, rotating keys. Each step finds nothing to do
 * where another process has been, and a step that fails does not keep the others from being done.
 */
import { Cron } from 'croner';
import type { Context } from './context.js';
import { errorFields } from './lib/logger.js';
import { rotateDueKeys } from './lti/keys.js';

export interface Housekeeping {
  stop(): void;
}

/** Every ten minutes, at a minute of this process's own, so that many processes do not all come at once. */
export function startHousekeeping(context: Context): Housekeeping {
  const minute = Math.floor(Math.random() * 10);
  return new Cron(`${minute}-59/10 * * * *`, { protect: true }, () => keepHouse(context));
}

export async function keepHouse(context: Context): Promise<void> {
  const { logger, signingKeys, database, config } = context;
  const step = async (name: string, work: () => Promise<number>) => {
    try {
      const count = await work();
      if (count > 0) logger.info(name, { count });
    } catch (error) {
      logger.error(`${name} failed`, errorFields(error));
    }
  };
  await step('purged', async () => Object.values(await context.purge()).reduce((sum, rows) => sum + rows, 0));
  await step('keys sealed anew', () => signingKeys.reseal());
  await step('keys forgotten', () => signingKeys.deleteRetired());
  await step('keys rotated', () =>
    database.exclusive(async () => (await rotateDueKeys(context, config.keyDays)).length),
  );
}
