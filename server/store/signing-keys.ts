/**
 * Key pairs the bridge signs with. A key is published before it is used and after it was used: `next` (published only),
 * `current` (signs), `retired` (published only, until retires_at). Private keys are sealed, bound to their row.
 */
import type { Sealer } from '../lib/seal.js';
import type { Database } from './database.js';
import { ReadCache } from './read-cache.js';

export type KeyPurpose = 'lti' | 'oauth' | 'sandbox';
export type KeyState = 'next' | 'current' | 'retired';

/** A public JWK (RFC 7517); members depend on kty. */
export type PublicJwk = Record<string, unknown> & { kid: string };

export interface SigningKey {
  id: string;
  purpose: KeyPurpose;
  alg: string;
  state: KeyState;
  publicJwk: PublicJwk;
  privateJwk: Record<string, unknown>;
  createdAt: number;
  retiresAt: number | null;
}

interface KeyRow {
  id: string;
  purpose: string;
  alg: string;
  state: string;
  public_jwk: string;
  sealed_private_jwk: string;
  created_at: number;
  retires_at: number | null;
}

export class SigningKeyStore {
  readonly #database: Database;
  readonly #sealer: Sealer;
  readonly #now: () => number;
  readonly #cache = new ReadCache<SigningKey[]>();

  constructor(needs: { database: Database; sealer: Sealer; now: () => number }) {
    this.#database = needs.database;
    this.#sealer = needs.sealer;
    this.#now = needs.now;
  }

  async insert(key: Omit<SigningKey, 'createdAt' | 'retiresAt'>): Promise<void> {
    await this.#database.knex('signing_keys').insert({
      id: key.id,
      purpose: key.purpose,
      alg: key.alg,
      state: key.state,
      public_jwk: JSON.stringify(key.publicJwk),
      sealed_private_jwk: this.#sealer.seal(JSON.stringify(key.privateJwk), key.id),
      created_at: this.#now(),
      retires_at: null,
    });
    this.#cache.clear();
  }

  /** The keys of a purpose that are published now, oldest first; at most five seconds old. */
  async list(purpose: KeyPurpose): Promise<SigningKey[]> {
    const keys = await this.#cache.get(purpose, () => this.#read(purpose));
    const now = this.#now();
    return keys!.filter(({ retiresAt }) => retiresAt === null || retiresAt > now);
  }

  /** `next` becomes `current`, `current` becomes `retired` and goes at `retiresAt`. */
  async advance(purpose: KeyPurpose, alg: string, retiresAt: number): Promise<void> {
    await this.#database.transaction(async () => {
      const keys = () => this.#database.knex('signing_keys').where({ purpose, alg });
      await keys().where({ state: 'current' }).update({ state: 'retired', retires_at: retiresAt });
      await keys().where({ state: 'next' }).update({ state: 'current' });
    });
    this.#cache.clear();
  }

  /** Seals anew what was sealed with an older SECRET_KEY, so that it can be taken off the list. Returns how many. */
  async reseal(): Promise<number> {
    const rows = await this.#database.knex<KeyRow>('signing_keys').select();
    const older = rows.filter((row) => !this.#sealer.isCurrent(row.sealed_private_jwk));
    for (const row of older) {
      await this.#database
        .knex('signing_keys')
        .where({ id: row.id, sealed_private_jwk: row.sealed_private_jwk })
        .update({ sealed_private_jwk: this.#sealer.seal(JSON.stringify(this.#unseal(row)), row.id) });
    }
    return older.length;
  }

  /** Forgets retired keys whose time is over. Returns how many. */
  async deleteRetired(): Promise<number> {
    return this.#database
      .knex('signing_keys')
      .where({ state: 'retired' })
      .where('retires_at', '<=', this.#now())
      .delete();
  }

  async #read(purpose: KeyPurpose): Promise<SigningKey[]> {
    const rows = await this.#database
      .knex<KeyRow>('signing_keys')
      .where({ purpose })
      .orderBy(['created_at', 'id']);
    return rows.map((row) => ({
      id: row.id,
      purpose: row.purpose as KeyPurpose,
      alg: row.alg,
      state: row.state as KeyState,
      publicJwk: JSON.parse(row.public_jwk) as PublicJwk,
      privateJwk: this.#unseal(row),
      createdAt: row.created_at,
      retiresAt: row.retires_at,
    }));
  }

  #unseal(row: KeyRow): Record<string, unknown> {
    const text = this.#sealer.open(row.sealed_private_jwk, row.id);
    if (text === undefined) {
      throw new Error(
        'A signing key cannot be opened: SECRET_KEY is not the one (or no longer lists the one) it was sealed with.',
      );
    }
    return JSON.parse(text) as Record<string, unknown>;
  }
}
