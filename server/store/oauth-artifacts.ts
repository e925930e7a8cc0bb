/**
 * Authorization codes, access tokens and refresh tokens, kept under the hash of their value. Each belongs to a launch,
 * whose row is their grant: a read always asks the grant too, and a write needs a grant that is not revoked.
 */
import { sha256 } from '../lib/crypto.js';
import type { Database } from './database.js';
import { rawRows } from './joined.js';

export type ArtifactKind = 'AuthorizationCode' | 'AccessToken' | 'RefreshToken';

export interface Artifact {
  payload: Record<string, unknown>;
  consumedAt: number | null;
  createdAt: number;
  grant: Grant;
}

/** The grant of a launch, as far as it is of interest to whoever holds one of its tokens. */
export interface Grant {
  launchId: string;
  applicationId: string;
  personId: string;
  scope: string;
  lastUsedAt: number;
}

interface ArtifactRow {
  payload: string;
  consumed_at: number | null;
  created_at: number;
  launch_id: string;
  application_id: string;
  person_id: string;
  scope: string;
  launched_at: number;
  grant_used_at: number | null;
}

export class OAuthArtifactStore {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #idleMs: number;

  constructor(needs: { database: Database; now: () => number; grantIdleDays: number }) {
    this.#database = needs.database;
    this.#now = needs.now;
    this.#idleMs = needs.grantIdleDays * 86_400_000;
  }

  /**
   * @param expiresAt when the row may be purged; null: with its grant
   * @returns false when the grant is revoked or gone: nothing was saved
   */
  async insert(
    kind: ArtifactKind,
    value: string,
    launchId: string,
    payload: object,
    expiresAt: number | null,
  ): Promise<boolean> {
    const rows = await rawRows(
      this.#database,
      `insert into oauth_artifacts (id_hash, kind, launch_id, payload, expires_at, created_at)
       select cast(? as varchar(43)), cast(? as text), id, cast(? as text), cast(? as bigint), cast(? as bigint)
       from launches where id = ? and grant_revoked_at is null
       returning id_hash`,
      [idHash(kind, value), kind, JSON.stringify(payload), expiresAt, this.#now(), launchId],
    );
    return rows.length > 0;
  }

  /** The artifact with its grant, by one statement; undefined when the grant was revoked or not used for too long. */
  async find(kind: ArtifactKind, value: string): Promise<Artifact | undefined> {
    const row = await this.#database
      .knex('oauth_artifacts as o')
      .join('launches as n', 'n.id', 'o.launch_id')
      .where({ 'o.id_hash': idHash(kind, value) })
      .whereNull('n.grant_revoked_at')
      .first<ArtifactRow | undefined>(
        'o.payload',
        'o.consumed_at',
        'o.created_at',
        'o.launch_id',
        'n.application_id',
        'n.person_id',
        'n.scope',
        'n.created_at as launched_at',
        'n.grant_used_at',
      );
    if (!row) return undefined;
    const lastUsedAt = row.grant_used_at ?? row.launched_at;
    if (lastUsedAt + this.#idleMs < this.#now()) return undefined;
    return {
      payload: JSON.parse(row.payload) as Record<string, unknown>,
      consumedAt: row.consumed_at,
      createdAt: row.created_at,
      grant: {
        launchId: row.launch_id,
        applicationId: row.application_id,
        personId: row.person_id,
        scope: row.scope,
        lastUsedAt,
      },
    };
  }

  /** Spends an artifact. Of all callers, in all processes, exactly one hears true. */
  async consume(kind: ArtifactKind, value: string): Promise<boolean> {
    const count = await this.#database
      .knex('oauth_artifacts')
      .where({ id_hash: idHash(kind, value) })
      .whereNull('consumed_at')
      .update({ consumed_at: this.#now() });
    return count > 0;
  }

  async delete(kind: ArtifactKind, value: string): Promise<void> {
    await this.#database
      .knex('oauth_artifacts')
      .where({ id_hash: idHash(kind, value) })
      .delete();
  }
}

function idHash(kind: ArtifactKind, value: string): string {
  return sha256(`${kind}:${value}`);
}
