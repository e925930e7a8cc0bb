/**
 * Removes what reached the end of its time, in batches of 1,000 rows found by index, so that no statement holds the
 * database for long. Each batch is a transaction of its own; a purge that is stopped half-way goes on next time.
 */
import type { Database } from './database.js';

export interface PurgeReport {
  oauth_artifacts: number;
  refused_launches: number;
  launches: number;
  /** Texts of messages that were taken out of launches which live on. */
  messages: number;
  client_assertions: number;
}

export interface PurgeNeeds {
  database: Database;
  now: () => number;
  launchDays: number;
  grantIdleDays: number;
}

const day = 86_400_000;
const batchSize = 1_000;
/** At most this many refused launches are kept, whatever their age. */
const refusedKept = 10_000;

export async function purge(needs: PurgeNeeds): Promise<PurgeReport> {
  const report: PurgeReport = {
    oauth_artifacts: 0,
    refused_launches: 0,
    launches: 0,
    messages: 0,
    client_assertions: 0,
  };
  report.oauth_artifacts = await deleteBatches(needs.database, 'oauth_artifacts', 'id_hash', (query) =>
    query.where('expires_at', '<', needs.now()),
  );
  report.client_assertions = await deleteBatches(needs.database, 'client_assertions', 'id_hash', (query) =>
    query.where('expires_at', '<', needs.now()),
  );
  report.refused_launches = await purgeRefused(needs);
  await purgeLaunches(needs, report);
  return report;
}

type Query = ReturnType<Database['knex']['queryBuilder']>;

async function deleteBatches(
  database: Database,
  table: string,
  key: string,
  narrow: (query: Query) => Query,
): Promise<number> {
  let total = 0;
  for (;;) {
    const ids = await narrow(database.knex.queryBuilder().from(table).limit(batchSize)).pluck(key);
    if (ids.length === 0) return total;
    total += await database.knex(table).whereIn(key, ids).delete();
    if (ids.length < batchSize) return total;
  }
}

async function purgeRefused({ database, now, launchDays }: PurgeNeeds): Promise<number> {
  const old = await deleteBatches(database, 'refused_launches', 'id', (query) =>
    query.where('created_at', '<', now() - launchDays * day),
  );
  const newestDropped = await database
    .knex('refused_launches')
    .orderBy('created_at', 'desc')
    .offset(refusedKept)
    .first<{ created_at: number } | undefined>('created_at');
  if (!newestDropped) return old;
  return (
    old +
    (await deleteBatches(database, 'refused_launches', 'id', (query) =>
      query.where('created_at', '<=', newestDropped.created_at),
    ))
  );
}

/**
 * A launch is looked at when its purge_at has come: after LAUNCH_DAYS, when it goes unless somebody redeemed it, and
 * then whenever its grant might have become idle.
 */
async function purgeLaunches(
  { database, now, launchDays, grantIdleDays }: PurgeNeeds,
  report: PurgeReport,
): Promise<void> {
  const idle = grantIdleDays * day;
  for (;;) {
    const due = await database
      .knex('launches as n')
      .where('n.purge_at', '<', now())
      .orderBy('n.purge_at')
      .limit(batchSize)
      .select<DueLaunch[]>('n.id', 'n.created_at', 'n.grant_used_at', 'n.grant_revoked_at')
      .select(
        database.knex.raw(
          `exists (select 1 from oauth_artifacts o where o.launch_id = n.id and o.kind = 'RefreshToken') as redeemed`,
        ),
      );
    if (due.length === 0) return;
    const endOf = (launch: DueLaunch) =>
      launch.redeemed && launch.grant_revoked_at === null
        ? (launch.grant_used_at ?? launch.created_at) + idle
        : Math.max(launch.created_at, launch.grant_revoked_at ?? 0) + launchDays * day;

    const gone = due.filter((launch) => endOf(launch) <= now()).map(({ id }) => id);
    report.launches += await database.knex('launches').whereIn('id', gone).delete();
    const kept = due.filter((launch) => endOf(launch) > now());
    report.messages += await postpone(
      database,
      kept.filter(isLive),
      `coalesce(grant_used_at, created_at) + ${idle}`,
    );
    report.messages += await postpone(
      database,
      kept.filter(isRevoked),
      `grant_revoked_at + ${launchDays * day}`,
    );
    if (due.length < batchSize) return;
  }
}

const isRevoked = (launch: DueLaunch) => launch.grant_revoked_at !== null;
const isLive = (launch: DueLaunch) => !isRevoked(launch);

/** @param purgeAt an expression over the launch's columns, made here and never from input */
async function postpone(database: Database, launches: DueLaunch[], purgeAt: string): Promise<number> {
  if (launches.length === 0) return 0;
  const ids = launches.map(({ id }) => id);
  return database
    .knex('launches')
    .whereIn('id', ids)
    .update({ message: null, purge_at: database.knex.raw(purgeAt) });
}

interface DueLaunch {
  id: string;
  created_at: number;
  grant_used_at: number | null;
  grant_revoked_at: number | null;
  redeemed: boolean | number;
}
