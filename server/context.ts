/**
 * The one place that constructs things. Each part says what it needs in its own words and gets it from here; tests
 * override the clock, the log and the way out, and nothing else.
 */
import { hkdfSync } from 'node:crypto';
import type { Config } from './config.js';
import { presentContext } from './edlink/launch-context.js';
import { createPages, type Pages } from './http/pages.js';
import { createEgress, type Egress } from './lib/egress.js';
import { createLogger, type Logger } from './lib/logger.js';
import { createMetrics, type Metrics } from './lib/metrics.js';
import { packageRoot } from './lib/package-root.js';
import { createSealer, type Sealer } from './lib/seal.js';
import { KeySets } from './lti/launch/key-sets.js';
import { ensureKeys } from './lti/keys.js';
import { createSigner, type Sign } from './lti/sign.js';
import { enterApplication } from './oauth/entry.js';
import { currentProvider, type CurrentProvider } from './oauth/current-provider.js';
import { createProvider } from './oauth/provider.js';
import { prepareProvider } from './oauth/routes.js';
import { createSandbox, type Sandbox } from './sandbox/index.js';
import { ApplicationStore } from './store/applications.js';
import { ClientAssertionStore } from './store/client-assertions.js';
import { CourseworkStore } from './store/coursework.js';
import { DeepLinkingStore } from './store/deep-linking.js';
import { asStorageError, openDatabase, type Database } from './store/database.js';
import { DeploymentStore } from './store/deployments.js';
import { LaunchStore, type LaunchWithRows } from './store/launches.js';
import { createLimit, type Limit } from './store/limits.js';
import { OAuthArtifactStore } from './store/oauth-artifacts.js';
import { PlatformStore } from './store/platforms.js';
import { purge, type PurgeReport } from './store/purge.js';
import { RefusedLaunchStore } from './store/refused-launches.js';
import { RosterStore } from './store/roster.js';
import { SigningKeyStore } from './store/signing-keys.js';

export interface Context {
  config: Config;
  publicUrl: string;
  development: boolean;
  now: () => number;
  logger: Logger;
  metrics: Metrics;
  pages: Pages;
  egress: Egress;
  stateSealer: Sealer;
  database: Database;
  applications: ApplicationStore;
  platforms: PlatformStore;
  deployments: DeploymentStore;
  roster: RosterStore;
  coursework: CourseworkStore;
  launches: LaunchStore;
  deepLinking: DeepLinkingStore;
  refusedLaunches: RefusedLaunchStore;
  artifacts: OAuthArtifactStore;
  signingKeys: SigningKeyStore;
  loginLimit: Limit;
  secretLimit: Limit;
  keySets: KeySets;
  sign: Sign;
  provider: CurrentProvider;
  sandbox: Sandbox | undefined;
  asStorageError: typeof asStorageError;
  buildContext(launch: LaunchWithRows): unknown;
  enterApplication(
    launch: Parameters<typeof enterApplication>[1],
    platform: { redirectUri: string | null },
  ): Promise<string>;
  purge(): Promise<PurgeReport>;
  /** Schema, keys and sandbox: what has to be there before the first request. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

export interface Overrides {
  logger?: Logger;
  now?: () => number;
  egress?: Egress;
}

export function createContext(config: Config, overrides: Overrides = {}): Context {
  const { publicUrl } = config;
  const development = config.environment === 'development';
  const now = overrides.now ?? (() => Date.now());
  const logger = overrides.logger ?? createLogger(config.logLevel);
  const metrics = createMetrics();
  const pages = createPages(packageRoot);
  const egress = overrides.egress ?? createEgress({ allow: config.egressAllow });
  const database = openDatabase(config.database.url, config.database.poolMax);
  const stored = { database, now };

  const applications = new ApplicationStore(stored);
  const platforms = new PlatformStore(stored);
  const deployments = new DeploymentStore(stored);
  const launches = new LaunchStore({ ...stored, launchDays: config.retention.launchDays });
  const artifacts = new OAuthArtifactStore({ ...stored, grantIdleDays: config.retention.grantIdleDays });
  const refusedLaunches = new RefusedLaunchStore(stored);
  const signingKeys = new SigningKeyStore({
    ...stored,
    sealer: createSealer(config.secretKeys, 'signing keys'),
  });
  const secretLimit = createLimit(config.limits.secretsPerMinute);

  const buildContext = (launch: LaunchWithRows) => presentContext(launch, { messageOrigin: publicUrl });
  const assertions = new ClientAssertionStore(stored);
  const engineNeeds = { publicUrl, applications, launches, artifacts, assertions, egress, now };
  const provider = currentProvider({
    signingKeys,
    create(keys) {
      const engine = createProvider({ ...engineNeeds, pages }, keys);
      prepareProvider(
        { applications, launches, secretLimit, metrics, buildContext, logger, asStorageError },
        engine,
      );
      return engine;
    },
  });

  const sandbox =
    config.sandbox &&
    createSandbox({
      ...config.sandbox,
      publicUrl,
      applications,
      platforms,
      deployments,
      launches,
      refusedLaunches,
      signingKeys,
      pages,
      clientSecret: sandboxSecret(config),
      now,
    });

  return {
    config,
    publicUrl,
    development,
    now,
    logger,
    metrics,
    pages,
    egress,
    stateSealer: createSealer(config.secretKeys, 'login state'),
    database,
    applications,
    platforms,
    deployments,
    roster: new RosterStore(stored),
    coursework: new CourseworkStore(stored),
    launches,
    deepLinking: new DeepLinkingStore(stored),
    refusedLaunches,
    artifacts,
    signingKeys,
    loginLimit: createLimit(config.limits.loginsPerMinute),
    secretLimit,
    keySets: new KeySets({ egress, logger, metrics, now }),
    sign: createSigner(signingKeys),
    provider,
    sandbox,
    asStorageError,
    buildContext,
    enterApplication: (launch, platform) =>
      enterApplication({ publicUrl, applications, launches, provider, now }, launch, platform),
    purge: async () => {
      const report = await purge({ ...stored, ...config.retention });
      for (const [table, count] of Object.entries(report)) metrics.purged.inc({ table }, count);
      return report;
    },
    async prepare() {
      if (config.database.migrateAtStart) await database.migrate();
      await database.exclusive(() => ensureKeys({ signingKeys, now }));
      await sandbox?.prepare();
    },
    async close() {
      await sandbox?.close();
      await egress.close();
      await database.close();
    },
  };
}

/** The demonstration application's secret: the same at every start, without being kept anywhere. */
function sandboxSecret(config: Config): string {
  const key = config.secretKeys.at(-1)!;
  return Buffer.from(hkdfSync('sha256', key, '', 'lti-bridge sandbox application', 32)).toString('base64url');
}
