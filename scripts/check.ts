import { runChecks } from './testing/checks.ts';
import { isGood } from './testing/steps.ts';

/** `npm run check`: types, lint, unused code, format, imports. */
const count = await runChecks((line) => process.stdout.write(`${line}\n`));
if (!isGood(count)) process.exitCode = 1;
