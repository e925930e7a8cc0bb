/** Deployments of a platform, and the identity space that is fixed on each at its first launch. */
import { randomUUID } from 'node:crypto';
import type { Database } from './database.js';
import { ReadCache } from './read-cache.js';

export type DeploymentState = 'pending' | 'active' | 'suspended';

export interface Deployment {
  id: string;
  platformId: string;
  /** The deployment_id as the platform sends it. */
  deploymentId: string;
  state: DeploymentState;
  /** What this deployment's ids are unique in; null until its first launch. */
  identitySpace: string | null;
  createdAt: number;
  updatedAt: number;
}

interface DeploymentRow {
  id: string;
  platform_id: string;
  deployment_id: string;
  state: string;
  identity_space: string | null;
  created_at: number;
  updated_at: number;
}

export class DeploymentStore {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #cache = new ReadCache<Deployment>();

  constructor(needs: { database: Database; now: () => number }) {
    this.#database = needs.database;
    this.#now = needs.now;
  }

  /** By the id that the platform sends; at most five seconds old. */
  async findByDeploymentId(platformId: string, deploymentId: string): Promise<Deployment | undefined> {
    return this.#cache.get(cacheKey(platformId, deploymentId), () =>
      this.#read({ platform_id: platformId, deployment_id: deploymentId }),
    );
  }

  /** Saves a deployment unless it is known; two at once end with the same row. */
  async learn(platformId: string, deploymentId: string, state: DeploymentState): Promise<Deployment> {
    const now = this.#now();
    await this.#database
      .knex('deployments')
      .insert({
        id: randomUUID(),
        platform_id: platformId,
        deployment_id: deploymentId,
        state,
        identity_space: null,
        created_at: now,
        updated_at: now,
      })
      .onConflict(['platform_id', 'deployment_id'])
      .ignore();
    this.#cache.clear();
    return (await this.#read({ platform_id: platformId, deployment_id: deploymentId }))!;
  }

  /** Fixes the identity space unless it is fixed; returns the deployment with the space that holds. */
  async fixIdentitySpace(
    deployment: Deployment,
    identitySpace: string,
  ): Promise<Deployment & { identitySpace: string }> {
    await this.#database
      .knex('deployments')
      .where({ id: deployment.id })
      .whereNull('identity_space')
      .update({ identity_space: identitySpace, updated_at: this.#now() });
    this.#cache.clear();
    const fixed = (await this.#read({ id: deployment.id }))!;
    return { ...fixed, identitySpace: fixed.identitySpace! };
  }

  async setState(id: string, state: DeploymentState): Promise<Deployment | undefined> {
    const rows = await this.#database
      .knex('deployments')
      .where({ id })
      .update({ state, updated_at: this.#now() })
      .returning<DeploymentRow[]>('*');
    this.#cache.clear();
    return rows[0] && fromRow(rows[0]);
  }

  /** A page of a platform's deployments in the order of their ids. */
  async list(page: { limit: number; after?: string; platformId?: string }): Promise<Deployment[]> {
    const query = this.#database.knex<DeploymentRow>('deployments').orderBy('id').limit(page.limit);
    if (page.after) query.where('id', '>', page.after);
    if (page.platformId) query.where({ platform_id: page.platformId });
    return (await query).map(fromRow);
  }

  async #read(where: Partial<DeploymentRow>): Promise<Deployment | undefined> {
    const row = await this.#database.knex<DeploymentRow>('deployments').where(where).first();
    return row && fromRow(row);
  }
}

function cacheKey(platformId: string, deploymentId: string): string {
  return `${platformId} ${deploymentId}`;
}

function fromRow(row: DeploymentRow): Deployment {
  return {
    id: row.id,
    platformId: row.platform_id,
    deploymentId: row.deployment_id,
    state: row.state as DeploymentState,
    identitySpace: row.identity_space,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
