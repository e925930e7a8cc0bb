/** The steps of the schema, in order, by name. A step that was released is never changed; a removal takes two releases. */
import type { Knex } from 'knex';
import * as initial from './001-initial.js';
import * as deepLinking from './002-deep-linking.js';
import * as initiatedLogins from './003-initiated-logins.js';

export interface Migration {
  name: string;
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}

export const migrations: Migration[] = [
  { name: '001-initial', ...initial },
  { name: '002-deep-linking', ...deepLinking },
  { name: '003-initiated-logins', ...initiatedLogins },
];
