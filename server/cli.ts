#!/usr/bin/env node
/** The operator's command line: schema, housekeeping and keys, on the same configuration as the service. */
import { Command, Option } from 'commander';
import { ConfigError, readConfig } from './config.js';
import { createContext, type Context } from './context.js';
import { createLogger } from './lib/logger.js';
import { rotateKeys } from './lti/keys.js';
import type { KeyPurpose } from './store/signing-keys.js';

const program = new Command('lti-bridge').description('Looks after an LTI Bridge.');
const say = (line: string) => process.stdout.write(`${line}\n`);

program
  .command('migrate')
  .description('bring the database schema to the newest step')
  .option('--down', 'take back the last batch of steps instead')
  .action((options: { down?: boolean }) =>
    withContext(async ({ database }) => {
      const taken = options.down ? await database.migrateDown() : await database.migrate();
      say(
        taken.length === 0
          ? 'Nothing to do.'
          : `${options.down ? 'Taken back' : 'Done'}: ${taken.join(', ')}`,
      );
    }),
  );

program
  .command('purge')
  .description('remove what reached the end of its time')
  .action(() =>
    withContext(async (context) => {
      for (const [table, count] of Object.entries(await context.purge())) say(`${table}: ${count}`);
    }),
  );

const keys = program.command('keys').description('the key pairs the bridge signs with');
const purpose = new Option('--purpose <purpose>', 'for LMSs (lti) or for applications (oauth)')
  .choices(['lti', 'oauth'])
  .makeOptionMandatory();

keys
  .command('list')
  .description('show all keys: next ones are published, current ones sign, retired ones are still published')
  .action(() =>
    withContext(async ({ signingKeys }) => {
      for (const one of ['lti', 'oauth'] as const) {
        for (const key of await signingKeys.list(one)) {
          const until = key.retiresAt === null ? '' : ` until ${new Date(key.retiresAt).toISOString()}`;
          say(`${one}  ${key.alg}  ${key.state}${until}  ${key.id}`);
        }
      }
    }),
  );

keys
  .command('rotate')
  .description('sign with the next keys from now on; running processes follow within five seconds')
  .addOption(purpose)
  .action((options: { purpose: KeyPurpose }) =>
    withContext(async (context) => {
      await context.database.exclusive(() => rotateKeys(context, options.purpose));
      say('Rotated. The keys before stay published for 14 days.');
    }),
  );

async function withContext(work: (context: Context) => Promise<void>): Promise<void> {
  const context = createContext(readConfig(), { logger: createLogger('silent') });
  try {
    await work(context);
  } finally {
    await context.close();
  }
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `Failed: ${(error as Error).message}`}\n`,
  );
  process.exitCode = 1;
}
