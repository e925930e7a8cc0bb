/**
 * The first schema. Times are milliseconds since 1970 (bigint), structures are JSON in text columns, ids are UUIDs as
 * text: the same on SQLite and PostgreSQL, so that both answer every question alike.
 */
import type { Knex } from 'knex';

type Table = Knex.CreateTableBuilder;

const id = (table: Table) => table.string('id', 36).primary();
const time = (table: Table, name: string) => table.bigInteger(name);
const times = (table: Table) => {
  time(table, 'created_at').notNullable();
  time(table, 'updated_at').notNullable();
};
const owner = (table: Table, name: string, parent: string) =>
  table.string(name, 36).notNullable().references('id').inTable(parent).onDelete('CASCADE');

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('applications', (table) => {
    id(table);
    table.text('name').notNullable();
    table.text('redirect_uris').notNullable();
    table.text('launch_mode').notNullable();
    table.text('token_endpoint_auth_method').notNullable();
    table.text('id_token_signed_response_alg').notNullable();
    times(table);
  });

  await knex.schema.createTable('application_secrets', (table) => {
    // The hash is the key, so that a bare secret names its application by one look-up.
    table.string('secret_hash', 43).primary();
    owner(table, 'application_id', 'applications').index();
    time(table, 'created_at').notNullable();
    time(table, 'expires_at');
  });

  await knex.schema.createTable('platforms', (table) => {
    id(table);
    owner(table, 'application_id', 'applications').index();
    table.text('name').notNullable();
    table.text('issuer').notNullable();
    table.text('client_id').notNullable();
    table.text('authorization_endpoint').notNullable();
    table.text('token_endpoint');
    table.text('jwks_uri').notNullable();
    table.text('product');
    table.text('state').notNullable();
    table.text('deployment_policy').notNullable();
    table.boolean('allow_anonymous').notNullable();
    table.text('privacy_level').notNullable();
    table.text('redirect_uri');
    table.text('frame_origins').notNullable();
    table.text('id_token_algs').notNullable();
    times(table);
    table.index(['issuer', 'client_id']);
  });

  await knex.schema.createTable('deployments', (table) => {
    id(table);
    owner(table, 'platform_id', 'platforms');
    table.text('deployment_id').notNullable();
    table.text('state').notNullable();
    table.text('identity_space');
    times(table);
    table.unique(['platform_id', 'deployment_id']);
  });

  await knex.schema.createTable('people', (table) => {
    id(table);
    owner(table, 'application_id', 'applications');
    table.text('identity_space').notNullable();
    table.text('lti_user_id');
    table.text('name');
    table.text('given_name');
    table.text('family_name');
    table.text('middle_name');
    table.text('email');
    table.text('picture_url');
    table.text('locale');
    table.text('sourced_id');
    table.text('roles').notNullable();
    times(table);
    table.index(['application_id', 'identity_space']);
  });

  await knex.schema.createTable('classes', (table) => {
    id(table);
    owner(table, 'application_id', 'applications');
    table.text('identity_space').notNullable();
    table.text('lti_context_id').notNullable();
    table.text('title');
    table.text('label');
    table.text('types').notNullable();
    table.text('sourced_id');
    times(table);
    table.index(['application_id', 'identity_space']);
  });

  await knex.schema.createTable('enrollments', (table) => {
    id(table);
    owner(table, 'person_id', 'people').index();
    owner(table, 'class_id', 'classes').index();
    table.text('role').notNullable();
    table.text('lti_roles').notNullable();
    table.text('state').notNullable();
    times(table);
  });

  await knex.schema.createTable('assignments', (table) => {
    id(table);
    owner(table, 'application_id', 'applications');
    table.text('identity_space').notNullable();
    table.string('class_id', 36).references('id').inTable('classes').onDelete('CASCADE').index();
    table.text('resource_link_id');
    table.text('line_item_url');
    table.text('title');
    table.text('description');
    times(table);
    table.index(['application_id', 'identity_space']);
  });

  await knex.schema.createTable('id_aliases', (table) => {
    // An id that was given out (or would be computed) for a thing that is known under another id.
    table.string('alias', 36).primary();
    table.string('id', 36).notNullable().index();
    table.text('kind').notNullable();
    time(table, 'created_at').notNullable();
  });

  await knex.schema.createTable('selections', (table) => {
    id(table);
    owner(table, 'application_id', 'applications').index();
    table.text('payload').notNullable();
    time(table, 'created_at').notNullable();
  });

  await knex.schema.createTable('launches', (table) => {
    id(table);
    // A launch goes with its deployment and its person. The other ids are plain columns: each further foreign key would
    // cost every launch a look-up and a lock on a row that all launches share.
    table.string('application_id', 36).notNullable();
    table.string('platform_id', 36).notNullable();
    owner(table, 'deployment_id', 'deployments').index();
    owner(table, 'person_id', 'people').index();
    table.string('class_id', 36);
    table.string('assignment_id', 36);
    table.string('selection_id', 36);
    table.text('message_type').notNullable();
    table.text('intent').notNullable();
    // Unique: inserting the launch is what spends its nonce.
    table.string('nonce_hash', 43).notNullable().unique();
    table.text('details').notNullable();
    table.text('message');
    // The grant of this launch: what was granted, when it was last used, and when it was taken back.
    table.text('scope').notNullable();
    time(table, 'grant_used_at');
    time(table, 'grant_revoked_at');
    time(table, 'created_at').notNullable();
    time(table, 'purge_at').notNullable().index();
    table.index(['platform_id', 'created_at']);
    table.index(['created_at', 'id']);
  });

  await knex.schema.createTable('refused_launches', (table) => {
    id(table);
    table.string('reference', 9).notNullable().index();
    table.string('platform_id', 36).references('id').inTable('platforms').onDelete('CASCADE').index();
    table.text('code').notNullable();
    table.text('detail');
    time(table, 'created_at').notNullable().index();
  });

  await knex.schema.createTable('oauth_artifacts', (table) => {
    // SHA-256 over kind and value: the row does not tell the token.
    table.string('id_hash', 43).primary();
    table.text('kind').notNullable();
    table
      .string('launch_id', 36)
      .notNullable()
      .references('id')
      .inTable('launches')
      .onDelete('CASCADE')
      .index();
    table.text('payload').notNullable();
    time(table, 'consumed_at');
    // Null: lives as long as its grant.
    time(table, 'expires_at').index();
    time(table, 'created_at').notNullable();
  });

  await knex.schema.createTable('signing_keys', (table) => {
    table.string('id', 43).primary();
    table.text('purpose').notNullable();
    table.text('alg').notNullable();
    table.text('state').notNullable();
    table.text('public_jwk').notNullable();
    table.text('sealed_private_jwk').notNullable();
    time(table, 'created_at').notNullable();
    time(table, 'retires_at');
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of [
    'signing_keys',
    'oauth_artifacts',
    'refused_launches',
    'launches',
    'selections',
    'id_aliases',
    'assignments',
    'enrollments',
    'classes',
    'people',
    'deployments',
    'platforms',
    'application_secrets',
    'applications',
  ]) {
    await knex.schema.dropTableIfExists(table);
  }
}
