/** The ids of client assertions that were seen (RFC 7523 section 3): each is good once. */
import { sha256 } from '../lib/crypto.js';
import type { Database } from './database.js';

export class ClientAssertionStore {
  readonly #database: Database;

  constructor(needs: { database: Database }) {
    this.#database = needs.database;
  }

  /**
   * @param expiresAt when the assertion is no longer valid, and need not be remembered
   * @returns false when it was spent already
   */
  async spend(id: string, expiresAt: number): Promise<boolean> {
    const inserted = await this.#database
      .knex('client_assertions')
      .insert({ id_hash: sha256(id), expires_at: expiresAt })
      .onConflict('id_hash')
      .ignore()
      .returning<{ id_hash: string }[]>('id_hash');
    return inserted.length > 0;
  }
}
