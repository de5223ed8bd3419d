import { describeFailure, SetUpFailure } from './setup/failure.ts';
import { setUp } from './setup/set-up.ts';

/** Prepares this checkout; `--test` also makes sure of a display and of the servers that tests start. */
try {
  await setUp({
    say: (line) => process.stdout.write(`${line}\n`),
    needsDisplay: process.argv.includes('--test'),
    needsServers: process.argv.includes('--test'),
  });
} catch (error) {
  if (!(error instanceof SetUpFailure)) throw error;
  process.stderr.write(`\n${describeFailure(error)}\n`);
  process.exitCode = 1;
}
