/** Refused launches, kept for the operator under the reference that the person was shown. */
import { randomUUID } from 'node:crypto';
import type { Database } from './database.js';

export interface RefusedLaunch {
  id: string;
  reference: string;
  platformId: string | null;
  code: string;
  detail: string | null;
  /** Of the login it belonged to, where that could be told. */
  nonceHash: string | null;
  createdAt: number;
}

interface RefusedRow {
  id: string;
  reference: string;
  platform_id: string | null;
  code: string;
  detail: string | null;
  nonce_hash: string | null;
  created_at: number;
}

/** A flood of broken launches must not fill the disk: this many a minute and process are kept, the rest is counted only. */
const perMinute = 120;

export class RefusedLaunchStore {
  readonly #database: Database;
  readonly #now: () => number;
  #minute = 0;
  #savedThisMinute = 0;

  constructor(needs: { database: Database; now: () => number }) {
    this.#database = needs.database;
    this.#now = needs.now;
  }

  async save(refused: Omit<RefusedLaunch, 'id' | 'createdAt'>): Promise<void> {
    const now = this.#now();
    const minute = Math.floor(now / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#savedThisMinute = 0;
    }
    this.#savedThisMinute += 1;
    if (this.#savedThisMinute > perMinute) return;
    await this.#database.knex('refused_launches').insert({
      id: randomUUID(),
      reference: refused.reference,
      platform_id: refused.platformId,
      code: refused.code,
      detail: refused.detail?.slice(0, 1_000) ?? null,
      nonce_hash: refused.nonceHash,
      created_at: now,
    });
  }

  /** The newest refusal of the login that had this nonce. */
  async findByNonce(nonceHash: string): Promise<RefusedLaunch | undefined> {
    const row = await this.#database
      .knex<RefusedRow>('refused_launches')
      .where({ nonce_hash: nonceHash })
      .orderBy('created_at', 'desc')
      .first();
    return row && fromRow(row);
  }

  /** Newest first; `reference` finds the one that a person reads out. */
  async list(page: {
    limit: number;
    before?: number;
    platformId?: string;
    reference?: string;
  }): Promise<RefusedLaunch[]> {
    const query = this.#database
      .knex<RefusedRow>('refused_launches')
      .orderBy('created_at', 'desc')
      .limit(page.limit);
    if (page.before !== undefined) query.where('created_at', '<', page.before);
    if (page.platformId) query.where({ platform_id: page.platformId });
    if (page.reference) query.where({ reference: page.reference });
    return (await query).map(fromRow);
  }
}

function fromRow(row: RefusedRow): RefusedLaunch {
  return {
    id: row.id,
    reference: row.reference,
    platformId: row.platform_id,
    code: row.code,
    detail: row.detail,
    nonceHash: row.nonce_hash,
    createdAt: row.created_at,
  };
}
