/** A selection as it lies in the rows, for tests that need one without a teacher. */
import { randomUUID } from 'node:crypto';
import type { Database } from '../../server/store/database.js';

/** @param payload what the application selected, as JSON text */
export async function saveSelection(
  database: Database,
  applicationId: string,
  payload: string,
): Promise<string> {
  const id = randomUUID();
  await database
    .knex('selections')
    .insert({ id, application_id: applicationId, payload, created_at: Date.now() });
  return id;
}
