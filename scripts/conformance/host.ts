/** The test build: the headless host as it ships, with the suite's fixtures added to its services. */
import { realParts } from '#main/host/real-parts.ts';
import { runHeadless } from '#main/host/run-headless.ts';
import { addFixtures } from './fixtures/add-fixtures.ts';

await runHeadless({ onReady: () => undefined, parts: { ...realParts, extendServers: addFixtures } });
