/**
 * The host without a window: `node src-main/headless.ts --data DIR`. Prints one line of JSON when it is ready
 * (`{"ready":true,"port":…,"metricsPort":…,"pid":…,"dataDir":…}`), serves the contract on a loopback socket (host.json in
 * the data folder says where), and ends cleanly on SIGINT or SIGTERM. Exit codes: 0 stopped, 1 crashed, 2 configuration,
 * 3 the store could not be opened or the disk takes nothing.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { compileCacheDir } from './config/machine.ts';

// everything that is loaded from here on is compiled once, not at each start; where that folder takes nothing it starts as ever
enableCompileCache(compileCacheDir(process.env, process.platform));
const { runHeadless } = await import('./host/run-headless.ts');
// at once, for a process that is killed would leave nothing for the next one
await runHeadless({ onReady: flushCompileCache });
