/** Deep-linking sessions, kept on their launches, and the selections they end with. */
import type { Database } from './database.js';
import { rawRows } from './joined.js';
import type { DeepLinkingSettings, LaunchDetails } from './launches.js';

export interface DeepLinkingSession {
  launchId: string;
  applicationId: string;
  applicationName: string;
  tokenHash: string;
  launchedAt: number;
  spentAt: number | null;
  messageHash: string | null;
  /** JSON text of the answer that was given. */
  response: string | null;
  settings: DeepLinkingSettings;
  issuer: string;
  clientId: string;
  /** The deployment_id as the platform sends it. */
  deploymentId: string;
  /** False once the platform or the deployment is suspended. */
  isConnected: boolean;
}

export interface NewSelection {
  id: string;
  /** JSON text, as the application sent it. */
  payload: string;
  /** JSON text, as it goes to the LMS. */
  contentItem: string;
}

interface SessionRow {
  id: string;
  application_id: string;
  application_name: string;
  deep_link_token_hash: string;
  created_at: number;
  deep_link_spent_at: number | null;
  deep_link_message_hash: string | null;
  deep_link_response: string | null;
  details: string;
  issuer: string;
  client_id: string;
  deployment_id: string;
  platform_state: string;
  deployment_state: string;
}

export class DeepLinkingStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(needs: { database: Database; now: () => number }) {
    this.#database = needs.database;
    this.#now = needs.now;
  }

  async find(launchId: string): Promise<DeepLinkingSession | undefined> {
    const [row] = await rawRows<SessionRow>(this.#database, sessionSql, [launchId]);
    const settings = row && (JSON.parse(row.details) as LaunchDetails).deepLinking;
    if (!row || !settings) return undefined;
    return {
      launchId: row.id,
      applicationId: row.application_id,
      applicationName: row.application_name,
      tokenHash: row.deep_link_token_hash,
      launchedAt: row.created_at,
      spentAt: row.deep_link_spent_at,
      messageHash: row.deep_link_message_hash,
      response: row.deep_link_response,
      settings,
      issuer: row.issuer,
      clientId: row.client_id,
      deploymentId: row.deployment_id,
      isConnected: row.platform_state === 'active' && row.deployment_state === 'active',
    };
  }

  /**
   * Spends a session and saves what was selected, both or neither.
   * @returns false when the session was spent already: nothing was saved
   */
  async spend(
    session: DeepLinkingSession,
    answer: { messageHash: string; response: string },
    selections: NewSelection[],
  ): Promise<boolean> {
    const now = this.#now();
    return this.#database.transaction(async () => {
      const { knex } = this.#database;
      const spent = await knex('launches')
        .where({ id: session.launchId })
        .whereNull('deep_link_spent_at')
        .update({
          deep_link_spent_at: now,
          deep_link_message_hash: answer.messageHash,
          deep_link_response: answer.response,
        });
      if (spent === 0) return false;
      const rows = selections.map(({ id, payload, contentItem }) => ({
        id,
        application_id: session.applicationId,
        payload,
        content_item: contentItem,
        launch_id: session.launchId,
        created_at: now,
      }));
      if (rows.length > 0) await knex('selections').insert(rows);
      return true;
    });
  }
}

const sessionSql = `
select n.id, n.application_id, n.deep_link_token_hash, n.created_at, n.deep_link_spent_at, n.deep_link_message_hash,
  n.deep_link_response, n.details, a.name as application_name, f.issuer, f.client_id, f.state as platform_state,
  d.deployment_id, d.state as deployment_state
from launches n
join applications a on a.id = n.application_id
join platforms f on f.id = n.platform_id
join deployments d on d.id = n.deployment_id
where n.id = ? and n.deep_link_token_hash is not null`;
