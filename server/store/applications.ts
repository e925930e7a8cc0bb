/** Applications (the OAuth clients of the bridge) and their secrets, of which only hashes are kept. */
import { randomUUID } from 'node:crypto';
import { randomSecret, sha256 } from '../lib/crypto.js';
import type { Database } from './database.js';
import { ReadCache } from './read-cache.js';

/** In the words of RFC 7591 section 2; `none` is a public application, which keeps no secret. */
export type TokenEndpointAuthMethod =
  'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';
/** How a launch reaches the application: with a code nobody asked for, or by starting the application's own login. */
export type LaunchMode = 'code' | 'initiate';
export type IdTokenAlg = 'RS256' | 'ES256';

export interface ApplicationSettings {
  name: string;
  /** The first one is the primary redirect URI, where launches go. */
  redirectUris: string[];
  launchMode: LaunchMode;
  /** Where logins of mode `initiate` start (OpenID Connect Core section 4). */
  initiateLoginUri?: string | null;
  tokenEndpointAuthMethod: TokenEndpointAuthMethod;
  idTokenSignedResponseAlg: IdTokenAlg;
  /** Origins whose pages may post a selection; null or absent: those of the redirect URIs. */
  messageOrigins?: string[] | null;
  /** Public keys of a private_key_jwt application: the set itself, or where it is. */
  jwks?: { keys: Record<string, unknown>[] } | null;
  jwksUri?: string | null;
}

export interface Application extends ApplicationSettings {
  /** Also its OAuth client_id. */
  id: string;
  createdAt: number;
  updatedAt: number;
}

/** An application as the token endpoint needs it: with the hashes of the secrets that are good now. */
export interface OAuthApplication extends Application {
  secretHashes: string[];
}

interface ApplicationRow {
  id: string;
  name: string;
  redirect_uris: string;
  launch_mode: string;
  token_endpoint_auth_method: string;
  id_token_signed_response_alg: string;
  message_origins: string | null;
  initiate_login_uri: string | null;
  jwks: string | null;
  jwks_uri: string | null;
  created_at: number;
  updated_at: number;
}

export class ApplicationStore {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #cache = new ReadCache<OAuthApplication>();

  constructor(needs: { database: Database; now: () => number }) {
    this.#database = needs.database;
    this.#now = needs.now;
  }

  /** Saves a new application. Where it proves itself by a secret, the first one is returned here and never again. */
  async create(settings: ApplicationSettings, given: { id?: string; secret?: string } = {}) {
    const now = this.#now();
    const application: Application = {
      messageOrigins: null,
      initiateLoginUri: null,
      jwks: null,
      jwksUri: null,
      ...settings,
      id: given.id ?? randomUUID(),
      createdAt: now,
      updatedAt: now,
    };
    const secret = keepsSecret(settings) ? (given.secret ?? randomSecret()) : undefined;
    await this.#database.transaction(async () => {
      await this.#database
        .knex('applications')
        .insert({ ...toRow(settings), id: application.id, created_at: now, updated_at: now });
      if (secret !== undefined) await this.#insertSecret(application.id, secret);
    });
    return { application, secret };
  }

  async update(id: string, changes: Partial<ApplicationSettings>): Promise<Application | undefined> {
    const rows = await this.#database
      .knex('applications')
      .where({ id })
      .update({ ...toRow(changes), updated_at: this.#now() })
      .returning<ApplicationRow[]>('*');
    this.#cache.clear();
    return rows[0] && fromRow(rows[0]);
  }

  async delete(id: string): Promise<boolean> {
    const count = await this.#database.knex('applications').where({ id }).delete();
    this.#cache.clear();
    return count > 0;
  }

  async find(id: string): Promise<Application | undefined> {
    const row = await this.#database.knex<ApplicationRow>('applications').where({ id }).first();
    return row && fromRow(row);
  }

  /** The application with its valid secrets; at most five seconds old. */
  async findForOAuth(id: string): Promise<OAuthApplication | undefined> {
    const found = await this.#cache.get(id, async () => {
      const application = await this.find(id);
      return application && { ...application, secretHashes: await this.#secretHashes(id) };
    });
    return found;
  }

  /** A page of applications in the order of their ids. */
  async list(page: { limit: number; after?: string }): Promise<Application[]> {
    const query = this.#database.knex<ApplicationRow>('applications').orderBy('id').limit(page.limit);
    if (page.after) query.where('id', '>', page.after);
    return (await query).map(fromRow);
  }

  /** Adds a secret; the older ones end at `olderEndAt`. Returns the secret, which is not kept. */
  async rotateSecret(id: string, olderEndAt: number): Promise<string> {
    const secret = randomSecret();
    await this.#database.transaction(async () => {
      const { knex } = this.#database;
      await knex('application_secrets')
        .where({ application_id: id })
        .where('expires_at', '<=', this.#now())
        .delete();
      await knex('application_secrets')
        .where({ application_id: id })
        .andWhere((ends) => ends.whereNull('expires_at').orWhere('expires_at', '>', olderEndAt))
        .update({ expires_at: olderEndAt });
      await this.#insertSecret(id, secret);
    });
    this.#cache.clear();
    return secret;
  }

  async #insertSecret(applicationId: string, secret: string): Promise<void> {
    await this.#database.knex('application_secrets').insert({
      secret_hash: sha256(secret),
      application_id: applicationId,
      created_at: this.#now(),
      expires_at: null,
    });
  }

  async #secretHashes(applicationId: string): Promise<string[]> {
    const now = this.#now();
    return this.#database
      .knex('application_secrets')
      .where({ application_id: applicationId })
      .andWhere((ends) => ends.whereNull('expires_at').orWhere('expires_at', '>', now))
      .pluck('secret_hash');
  }
}

/** Does the application prove itself by a secret, of which we keep hashes? */
export function keepsSecret({
  tokenEndpointAuthMethod,
}: Pick<ApplicationSettings, 'tokenEndpointAuthMethod'>): boolean {
  return (
    tokenEndpointAuthMethod === 'client_secret_basic' || tokenEndpointAuthMethod === 'client_secret_post'
  );
}

/** The origins whose pages are listened to for this application. */
export function messageOriginsOf(application: ApplicationSettings): string[] {
  return (
    application.messageOrigins ?? [...new Set(application.redirectUris.map((uri) => new URL(uri).origin))]
  );
}

function fromRow(row: ApplicationRow): Application {
  return {
    id: row.id,
    name: row.name,
    redirectUris: JSON.parse(row.redirect_uris) as string[],
    launchMode: row.launch_mode as LaunchMode,
    tokenEndpointAuthMethod: row.token_endpoint_auth_method as TokenEndpointAuthMethod,
    idTokenSignedResponseAlg: row.id_token_signed_response_alg as IdTokenAlg,
    messageOrigins: row.message_origins === null ? null : (JSON.parse(row.message_origins) as string[]),
    initiateLoginUri: row.initiate_login_uri,
    jwks: row.jwks === null ? null : (JSON.parse(row.jwks) as Application['jwks']),
    jwksUri: row.jwks_uri,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toRow(settings: Partial<ApplicationSettings>): Partial<ApplicationRow> {
  return {
    name: settings.name,
    redirect_uris: settings.redirectUris && JSON.stringify(settings.redirectUris),
    launch_mode: settings.launchMode,
    token_endpoint_auth_method: settings.tokenEndpointAuthMethod,
    id_token_signed_response_alg: settings.idTokenSignedResponseAlg,
    message_origins: settings.messageOrigins && JSON.stringify(settings.messageOrigins),
    initiate_login_uri: settings.initiateLoginUri,
    jwks: settings.jwks && JSON.stringify(settings.jwks),
    jwks_uri: settings.jwksUri,
  };
}
