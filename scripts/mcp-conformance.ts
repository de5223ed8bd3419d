/**
 * `npm run mcp:conformance`: the protocol's conformance suite against the services. First the test build, where every required scenario of both
 * revisions has to pass; then the product, where only what needs a fixture may fail, and where no fixture may be.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixturesInProduct } from './conformance/bundle-check.ts';
import { runSuite } from './conformance/suite.ts';
import { startServingHost } from './conformance/serving-host.ts';
import { openTokenDoor } from './conformance/token-door.ts';

const revisions = ['2026-07-28', '2025-11-25'] as const;
const builds = [
  { name: 'test build', entry: 'scripts/conformance/host.ts', expected: null },
  { name: 'product', entry: 'src-main/headless.ts', expected: 'expected-failures' },
] as const;

const results = mkdtempSync(join(tmpdir(), 'pulser-conformance-'));
let failed = 0;
for (const { name, entry, expected } of builds) {
  const host = await startServingHost(entry);
  try {
    if (host.services.length === 0) throw new Error('There is no service to test');
    for (const service of host.services) {
      const door = await openTokenDoor(service.url, host.token);
      for (const revision of revisions) {
        const output = join(results, name.replace(' ', '-'), service.id, revision);
        const list = expected && join(import.meta.dirname, 'conformance', `${expected}-${revision}.yaml`);
        const result = await runSuite({ url: door.url, revision, output, expected: list });
        const verdict = result.passed ? 'passed' : 'FAILED';
        console.log(`${verdict}  ${name}, ${service.id}, ${revision}: ${result.scenarios} scenarios`);
        if (result.passed) continue;
        failed += 1;
        for (const { scenario, check, message } of result.failed) console.log(`  ${scenario}: ${check}: ${message}`);
        console.log(result.said.split('\n').slice(-40).join('\n'));
      }
      await door.close();
    }
  } finally {
    await host.stop();
  }
}
const leaked = await fixturesInProduct();
failed += leaked.length;
console.log(
  leaked.length === 0 ? 'passed  no fixture is in the product' : `FAILED  in the product: ${leaked.join(', ')}`,
);

if (failed === 0) rmSync(results, { recursive: true, force: true });
else console.log(`What was checked is in ${results}`);
process.exitCode = failed === 0 ? 0 : 1;
