/** Starts the bridge: configuration, context, schema and keys, server, housekeeping. A signal undoes it in reverse. */
import { ConfigError, readConfig, type Config } from './config.js';
import { createContext, type Context } from './context.js';
import { startHousekeeping } from './housekeeping.js';
import { startServer, type RunningServer } from './server.js';

try {
  await start(readConfig());
} catch (error) {
  // One plain line for whoever starts it; the trace is for whoever develops it.
  const { message, stack } = error as Error;
  process.stderr.write(`${error instanceof ConfigError ? message : `The bridge cannot start. ${message}`}\n`);
  if (process.argv.includes('--trace')) process.stderr.write(`${stack}\n`);
  process.exitCode = 1;
}

async function start(config: Config): Promise<void> {
  const context = createContext(config);
  const server = await prepareAndListen(context);
  const housekeeping = startHousekeeping(context);
  context.logger.info('listening', { port: server.port, url: config.publicUrl });
  if (context.development) greet(context);

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    context.logger.info('stopping');
    housekeeping.stop();
    await server.stop();
    await context.close();
    context.logger.info('stopped');
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
}

async function prepareAndListen(context: Context): Promise<RunningServer> {
  try {
    await context.prepare();
    return await startServer(context);
  } catch (error) {
    // An open pool would keep a process alive that serves nobody.
    await context.close();
    throw error;
  }
}

function greet({ config }: Context): void {
  const lines = [
    '',
    `  LTI Bridge is running at ${config.publicUrl}`,
    ...(config.sandbox ? [`  Try a launch:            ${config.sandbox.lmsUrl}`] : []),
    `  Operator's token:        ${config.adminToken}`,
    '',
    '',
  ];
  process.stdout.write(lines.join('\n'));
}
