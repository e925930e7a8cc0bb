/** Reads several tables in one statement: each table's columns come back under a prefix and are taken apart here. */
import type { Database } from './database.js';

const columns = {
  people:
    'id application_id identity_space lti_user_id name given_name family_name middle_name email picture_url locale sourced_id roles created_at updated_at',
  classes:
    'id application_id identity_space lti_context_id title label types sourced_id created_at updated_at',
  enrollments: 'id person_id class_id role lti_roles state created_at updated_at',
  assignments:
    'id application_id identity_space class_id resource_link_id line_item_url title description created_at updated_at',
} as const;

/** `alias.column as alias__column` for every column of a table. */
export function prefixed(table: keyof typeof columns, alias: string): string {
  return columns[table]
    .split(' ')
    .map((column) => `${alias}.${column} as ${alias}__${column}`)
    .join(', ');
}

/** The columns under one prefix, or undefined when the join found no row. */
export function take<Row extends { id: string }>(
  joined: Record<string, unknown>,
  alias: string,
): Row | undefined {
  if (joined[`${alias}__id`] === null || joined[`${alias}__id`] === undefined) return undefined;
  const start = `${alias}__`;
  const entries = Object.entries(joined).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(
    entries.map(([name, value]) => [name.slice(start.length), value]),
  ) as unknown as Row;
}

/** Rows of a raw statement, which the two drivers wrap differently. */
export async function rawRows<Row>(database: Database, sql: string, bindings: unknown[]): Promise<Row[]> {
  const result = (await database.knex.raw(sql, bindings as never)) as Row[] | { rows: Row[] };
  return Array.isArray(result) ? result : result.rows;
}
