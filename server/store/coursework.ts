/**
 * Assignments: a resource link, a line item, or both.
 *
 * An assignment is known by its resource link, else by its line item. The launch that shows that two known assignments
 * are one keeps the older id; the other one stays good as an alias.
 */
import type { Database } from './database.js';

export interface Assignment {
  id: string;
  applicationId: string;
  identitySpace: string;
  classId: string | null;
  resourceLinkId: string | null;
  lineItemUrl: string | null;
  title: string | null;
  description: string | null;
  createdAt: number;
  updatedAt: number;
}

export interface AssignmentRow {
  id: string;
  application_id: string;
  identity_space: string;
  class_id: string | null;
  resource_link_id: string | null;
  line_item_url: string | null;
  title: string | null;
  description: string | null;
  created_at: number;
  updated_at: number;
}

export class CourseworkStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(needs: { database: Database; now: () => number }) {
    this.#database = needs.database;
    this.#now = needs.now;
  }

  async saveAssignment(assignment: Omit<Assignment, 'createdAt' | 'updatedAt'>): Promise<Assignment> {
    const now = this.#now();
    const facts = {
      class_id: assignment.classId,
      resource_link_id: assignment.resourceLinkId,
      line_item_url: assignment.lineItemUrl,
      title: assignment.title,
      description: assignment.description,
      updated_at: now,
    };
    const [row] = await this.#database
      .knex('assignments')
      .insert({
        id: assignment.id,
        application_id: assignment.applicationId,
        identity_space: assignment.identitySpace,
        ...facts,
        created_at: now,
      })
      .onConflict('id')
      .merge(facts)
      .returning<AssignmentRow[]>('*');
    return assignmentFromRow(row!);
  }

  /** From now on `alias` means the assignment `id`; whichever of two processes says so first is right. */
  async saveAlias(alias: string, id: string): Promise<void> {
    await this.#database
      .knex('id_aliases')
      .insert({ alias, id, kind: 'assignment', created_at: this.#now() })
      .onConflict('alias')
      .ignore();
  }

  /** Two assignments turned out to be one: whatever meant the younger means the older from now on. */
  async join(younger: string, older: string): Promise<void> {
    await this.#database.transaction(async () => {
      const { knex } = this.#database;
      await knex('id_aliases').where({ id: younger }).update({ id: older });
      await knex('id_aliases')
        .insert({ alias: younger, id: older, kind: 'assignment', created_at: this.#now() })
        .onConflict('alias')
        .merge({ id: older });
    });
  }
}

export function assignmentFromRow(row: AssignmentRow): Assignment {
  return {
    id: row.id,
    applicationId: row.application_id,
    identitySpace: row.identity_space,
    classId: row.class_id,
    resourceLinkId: row.resource_link_id,
    lineItemUrl: row.line_item_url,
    title: row.title,
    description: row.description,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
