/** Looks into the tables of a bridge, to show what an attack left behind: nothing. */
import type { TestBridge } from '../../support/bridge.js';

/** How many rows each table has. */
export async function countRows(
  { context }: Pick<TestBridge, 'context'>,
  tables?: readonly string[],
): Promise<Record<string, number>> {
  const { knex } = context.database;
  const names: string[] =
    (tables as string[]) ?? (await knex('sqlite_master').where({ type: 'table' }).pluck('name'));
  const counts = await Promise.all(
    names.map(async (name) => {
      const [row] = await knex(name).count({ count: '*' });
      return [name, Number(row!.count)] as const;
    }),
  );
  return Object.fromEntries(counts);
}

/** What only an accepted launch may write. */
export const launchTables = [
  'people',
  'classes',
  'enrollments',
  'assignments',
  'id_aliases',
  'selections',
  'launches',
  'oauth_artifacts',
] as const;
