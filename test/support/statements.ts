/** Counts the statements that touch rows, as the driver is asked to run them. */
import type { Database } from '../../server/store/database.js';

export class StatementCounter {
  readonly #seen: string[] = [];

  constructor(database: Database) {
    database.knex.on('query', ({ sql }: { sql: string }) => {
      // The limits of a transaction touch no row.
      if (!/^(begin|commit|rollback|savepoint|release)/i.test(sql)) this.#seen.push(sql.trim());
    });
  }

  /** The statements that run while `work` does. */
  async during(work: () => Promise<unknown>): Promise<string[]> {
    const from = this.#seen.length;
    await work();
    return this.#seen.slice(from);
  }
}
