/**
 * Launch mode `initiate` and applications without a shared secret: where their logins start, the keys they prove
 * themselves with, the one-use hints of launches, and the ids of assertions that were seen.
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('applications', (table) => {
    table.text('initiate_login_uri');
    table.text('jwks');
    table.text('jwks_uri');
  });
  await knex.schema.alterTable('launches', (table) => {
    table.string('login_hint_hash', 43).unique();
    table.bigInteger('login_hint_used_at');
  });
  await knex.schema.createTable('client_assertions', (table) => {
    // RFC 7523 section 3: an assertion's jti is good once; the hash covers its issuer too.
    table.string('id_hash', 43).primary();
    table.bigInteger('expires_at').notNullable().index();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTableIfExists('client_assertions');
  await knex.schema.alterTable('launches', (table) => {
    table.dropUnique(['login_hint_hash']);
    table.dropColumns('login_hint_hash', 'login_hint_used_at');
  });
  await knex.schema.alterTable('applications', (table) => {
    table.dropColumns('initiate_login_uri', 'jwks', 'jwks_uri');
  });
}
