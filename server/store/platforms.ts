/** Platforms: one registered LMS of one application, found by its id or by the issuer and client_id it sends. */
import { randomUUID } from 'node:crypto';
import type { Database } from './database.js';
import { ReadCache } from './read-cache.js';

export type PlatformState = 'pending' | 'active' | 'suspended';
export type DeploymentPolicy = 'auto' | 'approve' | 'closed';
export type PrivacyLevel = 'public' | 'name_only' | 'email_only' | 'anonymous';

export interface PlatformSettings {
  name: string;
  issuer: string;
  clientId: string;
  authorizationEndpoint: string;
  tokenEndpoint: string | null;
  jwksUri: string;
  product: string | null;
  deploymentPolicy: DeploymentPolicy;
  allowAnonymous: boolean;
  /** Which personal claims of a launch are kept and passed on. */
  privacyLevel: PrivacyLevel;
  /** Another of the application's redirect URIs than the primary one. */
  redirectUri: string | null;
  /** Origins that may frame our pages; empty: any https origin. */
  frameOrigins: string[];
  /** Signature algorithms accepted in id_tokens. */
  idTokenAlgs: string[];
}

export interface Platform extends PlatformSettings {
  id: string;
  applicationId: string;
  state: PlatformState;
  createdAt: number;
  updatedAt: number;
}

interface PlatformRow {
  id: string;
  application_id: string;
  name: string;
  issuer: string;
  client_id: string;
  authorization_endpoint: string;
  token_endpoint: string | null;
  jwks_uri: string;
  product: string | null;
  state: string;
  deployment_policy: string;
  allow_anonymous: boolean | number;
  privacy_level: string;
  redirect_uri: string | null;
  frame_origins: string;
  id_token_algs: string;
  created_at: number;
  updated_at: number;
}

export class PlatformStore {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #byId = new ReadCache<Platform>();
  readonly #byIssuer = new ReadCache<Platform[]>();

  constructor(needs: { database: Database; now: () => number }) {
    this.#database = needs.database;
    this.#now = needs.now;
  }

  async create(
    settings: PlatformSettings & { applicationId: string; state: PlatformState },
    given: { id?: string } = {},
  ): Promise<Platform> {
    const now = this.#now();
    const { applicationId, state, ...rest } = settings;
    const id = given.id ?? randomUUID();
    await this.#database
      .knex('platforms')
      .insert({ ...toRow(rest), id, application_id: applicationId, state, created_at: now, updated_at: now });
    this.#clear();
    return { ...settings, id, createdAt: now, updatedAt: now };
  }

  async update(
    id: string,
    changes: Partial<PlatformSettings & { state: PlatformState }>,
  ): Promise<Platform | undefined> {
    const { state, ...settings } = changes;
    const rows = await this.#database
      .knex('platforms')
      .where({ id })
      .update({ ...toRow(settings), state, updated_at: this.#now() })
      .returning<PlatformRow[]>('*');
    this.#clear();
    return rows[0] && fromRow(rows[0]);
  }

  async delete(id: string): Promise<boolean> {
    const count = await this.#database.knex('platforms').where({ id }).delete();
    this.#clear();
    return count > 0;
  }

  /** At most five seconds old. */
  async find(id: string): Promise<Platform | undefined> {
    return this.#byId.get(id, async () => {
      const row = await this.#database.knex<PlatformRow>('platforms').where({ id }).first();
      return row && fromRow(row);
    });
  }

  /** All platforms of an issuer, of every application, at most five seconds old. */
  async findByIssuer(issuer: string, clientId: string | undefined): Promise<Platform[]> {
    const found = await this.#byIssuer.get(JSON.stringify([issuer, clientId ?? null]), async () => {
      const query = this.#database.knex<PlatformRow>('platforms').where({ issuer });
      if (clientId !== undefined) query.where({ client_id: clientId });
      const rows = await query.orderBy('created_at').limit(10);
      return rows.length > 0 ? rows.map(fromRow) : undefined;
    });
    return found ?? [];
  }

  /** A page of platforms in the order of their ids. */
  async list(page: { limit: number; after?: string; applicationId?: string }): Promise<Platform[]> {
    const query = this.#database.knex<PlatformRow>('platforms').orderBy('id').limit(page.limit);
    if (page.after) query.where('id', '>', page.after);
    if (page.applicationId) query.where({ application_id: page.applicationId });
    return (await query).map(fromRow);
  }

  #clear(): void {
    this.#byId.clear();
    this.#byIssuer.clear();
  }
}

function fromRow(row: PlatformRow): Platform {
  return {
    id: row.id,
    applicationId: row.application_id,
    name: row.name,
    issuer: row.issuer,
    clientId: row.client_id,
    authorizationEndpoint: row.authorization_endpoint,
    tokenEndpoint: row.token_endpoint,
    jwksUri: row.jwks_uri,
    product: row.product,
    state: row.state as PlatformState,
    deploymentPolicy: row.deployment_policy as DeploymentPolicy,
    allowAnonymous: Boolean(row.allow_anonymous),
    privacyLevel: row.privacy_level as PrivacyLevel,
    redirectUri: row.redirect_uri,
    frameOrigins: JSON.parse(row.frame_origins) as string[],
    idTokenAlgs: JSON.parse(row.id_token_algs) as string[],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toRow(settings: Partial<PlatformSettings>): Partial<PlatformRow> {
  return {
    name: settings.name,
    issuer: settings.issuer,
    client_id: settings.clientId,
    authorization_endpoint: settings.authorizationEndpoint,
    token_endpoint: settings.tokenEndpoint,
    jwks_uri: settings.jwksUri,
    product: settings.product,
    deployment_policy: settings.deploymentPolicy,
    allow_anonymous: settings.allowAnonymous,
    privacy_level: settings.privacyLevel,
    redirect_uri: settings.redirectUri,
    frame_origins: settings.frameOrigins && JSON.stringify(settings.frameOrigins),
    id_token_algs: settings.idTokenAlgs && JSON.stringify(settings.idTokenAlgs),
  };
}
