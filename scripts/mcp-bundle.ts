/** `npm run mcp:bundle`: the bridge, and a bundle for each service, into out/assistants. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definedServices } from '#main/services/defined-services.ts';
import packageFile from '../package.json' with { type: 'json' };
import { bridgeSource, buildBundle } from './assistants/build-bundle.ts';

const folder = join(import.meta.dirname, '..', 'out', 'assistants');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'bridge.mjs'), bridgeSource());
for (const service of definedServices) console.log(await buildBundle(service, packageFile.version, folder));
