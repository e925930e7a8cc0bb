/**
 * Deep-linking sessions (columns of the launch they belong to), where selections came from, who may send one, and which
 * login a refused launch belonged to.
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('launches', (table) => {
    // Null for launches that are no selection.
    table.string('deep_link_token_hash', 43);
    table.bigInteger('deep_link_spent_at');
    table.string('deep_link_message_hash', 43);
    table.text('deep_link_response');
  });
  await knex.schema.alterTable('refused_launches', (table) => {
    table.string('nonce_hash', 43).index();
  });
  await knex.schema.alterTable('selections', (table) => {
    table.text('content_item');
    // No foreign key: selections outlive the launches they were made in.
    table.string('launch_id', 36);
  });
  await knex.schema.alterTable('applications', (table) => {
    // Null: the origins of the redirect URIs.
    table.text('message_origins');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('applications', (table) => {
    table.dropColumn('message_origins');
  });
  await knex.schema.alterTable('refused_launches', (table) => {
    table.dropIndex('nonce_hash');
    table.dropColumn('nonce_hash');
  });
  await knex.schema.alterTable('selections', (table) => {
    table.dropColumn('content_item');
    table.dropColumn('launch_id');
  });
  await knex.schema.alterTable('launches', (table) => {
    table.dropColumns(
      'deep_link_token_hash',
      'deep_link_spent_at',
      'deep_link_message_hash',
      'deep_link_response',
    );
  });
}
