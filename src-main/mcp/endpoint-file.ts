import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the bridge needs to find this app. Holds no secret. */
export type Endpoint = {
  readonly version: string;
  readonly pid: number;
  readonly url: string;
  readonly services: readonly string[];
  readonly startedAt: number;
};

/** Writes `mcp.json` into the data folder, readable by this user only, whole or not at all. */
export function writeEndpointFile(dataDir: string, endpoint: Endpoint): void {
  const temporary = join(dataDir, `mcp.json.${endpoint.pid}`);
  writeFileSync(temporary, `${JSON.stringify(endpoint, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, pathOf(dataDir));
}

export function removeEndpointFile(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}

const pathOf = (dataDir: string): string => join(dataDir, 'mcp.json');
