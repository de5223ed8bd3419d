import { join, posix, win32 } from 'node:path';
import { fail, ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import { definitions, settingNames } from './definitions.ts';
import type { Definition, SettingName } from './definitions.ts';
import { readEnvFile, readSettingsFile } from './sources.ts';
import type { Found, ReadText } from './sources.ts';
import { isServiceRoleKey } from './value-schemas.ts';

/** The validated configuration of one PC: frozen, plain data, so that it can be handed to a thread. */
export type Config = {
  readonly dataDir: string;
  readonly syncIntervalMs: number;
  readonly batchSize: number;
  /** Bodies of at least this many bytes are sent compressed. */
  readonly compressThreshold: number;
  /** Null when no cloud is configured: the PC works, nothing is sent. */
  readonly cloud: { readonly url: string; readonly anonKey: string } | null;
  readonly jwtSecret: string | null;
  readonly deviceId: string | null;
  /** Null when none is configured: results are kept in memory only. */
  readonly redis: {
    /** `host` or `host:port`. */
    readonly host: string;
    readonly username: string | null;
    readonly password: string | null;
    readonly tls: boolean;
    readonly ca: string | null;
  } | null;
  /** Where exports go; null: a folder in the data folder. */
  readonly exportDir: string | null;
  readonly neo4jUri: string | null;
  readonly qdrantUrl: string | null;
  readonly grafanaUrl: string | null;
  readonly lokiUrl: string | null;
  readonly prometheusUrl: string | null;
  /** 0: any free port. */
  readonly metricsPort: number;
  /** Port for assistants on 127.0.0.1 unless the operator chose another one; 0: any free port. */
  readonly mcpPort: number;
  readonly enrolCode: string | null;
  readonly deviceName: string | null;
  /** Every name with its value ("set" for secrets, "not set" where there is none) and its source, for people. */
  readonly listed: readonly { readonly name: string; readonly value: string; readonly source: string }[];
  /** Plain sentences an operator should know; nothing that stops the app. */
  readonly warnings: readonly string[];
};

export type ConfigDeps = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readText: ReadText;
  /** Data folder when PULSER_DATA_DIR names none. */
  readonly defaultDataDir: string;
  /** The machine's file. */
  readonly machineFile: string;
};

const keyExplanation =
  'A key with full rights over the cloud never belongs on a store PC, so it is not used. Remove it and enrol this PC with a code from your supervisor.';

/**
 * Reads and validates the whole configuration.
 * @returns the frozen configuration, or every problem at once, each a sentence that says what to write instead.
 */
export function readConfig(deps: ConfigDeps): Result<Config, readonly string[]> {
  const machine = readEnvFile(deps.machineFile, deps.readText);
  const environment = new Map(
    Object.entries(deps.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const ownFolder = nonEmpty(environment.get('PULSER_DATA_DIR')) ?? nonEmpty(machine.values.get('PULSER_DATA_DIR'));
  const dataDir = ownFolder ?? deps.defaultDataDir;
  const settingsPath = join(dataDir, 'settings.json');
  const settings = readSettingsFile(settingsPath, deps.readText);

  const layers = [
    { source: 'environment', values: environment },
    { source: deps.machineFile, values: machine.values },
    { source: settingsPath, values: settings.values },
  ];
  const found = gather(layers);
  const problems = [...machine.problems, ...settings.problems];
  const warnings = unknownNames(layers.slice(1));
  refuseFullRights(found, warnings);
  const values = validate(found, problems);
  checkTogether(found, dataDir, problems);
  if (problems.length > 0) return fail(problems);
  if (!found.has('SUPABASE_URL'))
    warnings.push('No cloud is configured (SUPABASE_URL). This PC works on its own and sends nothing.');
  return ok(freeze(build(values, found, dataDir, warnings)));
}

type Layer = { source: string; values: ReadonlyMap<string, string> };

function gather(layers: readonly Layer[]): Map<SettingName, Found> {
  const found = new Map<SettingName, Found>();
  for (const name of settingNames) {
    for (const { source, values } of layers) {
      const value = nonEmpty(values.get(name));
      if (value === undefined) continue;
      found.set(name, { value, source });
      break;
    }
  }
  return found;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}

function unknownNames(files: readonly Layer[]): string[] {
  return files.flatMap(({ source, values }) =>
    [...values.keys()]
      .filter((name) => !Object.hasOwn(definitions, name))
      .map((name) => `${name} in ${source} is not a name that Pulser Field knows; it is ignored.`),
  );
}

/** Takes keys with full rights out of what was found, so that nothing behind this line can use them. */
function refuseFullRights(found: Map<SettingName, Found>, warnings: string[]): void {
  const service = found.get('SUPABASE_SERVICE_ROLE_KEY');
  if (service !== undefined) warnings.push(`SUPABASE_SERVICE_ROLE_KEY is set (${service.source}). ${keyExplanation}`);
  found.delete('SUPABASE_SERVICE_ROLE_KEY');
  const anon = found.get('SUPABASE_ANON_KEY');
  if (anon === undefined || !isServiceRoleKey(anon.value)) return;
  warnings.push(
    `SUPABASE_ANON_KEY (${anon.source}) holds a service role key. ${keyExplanation} Put the anon key there instead.`,
  );
  found.delete('SUPABASE_ANON_KEY');
  found.delete('SUPABASE_URL');
}

type Values = { readonly [N in SettingName]?: unknown };

function validate(found: ReadonlyMap<SettingName, Found>, problems: string[]): Values {
  const values: { [N in SettingName]?: unknown } = {};
  for (const name of settingNames) {
    const definition: Definition = definitions[name];
    const given = found.get(name);
    const text = given?.value ?? definition.fallback;
    if (text === null) continue;
    const parsed = definition.schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(problemOf(name, definition, given));
  }
  return values;
}

function problemOf(name: SettingName, definition: Definition, given: Found | undefined): string {
  const shown = definition.secret ? 'is not valid' : `is "${given?.value.slice(0, 80) ?? ''}"`;
  return `${name} (${given?.source ?? 'default'}) ${shown}. Write ${definition.wanted}, for example ${name}=${definition.example}`;
}

function checkTogether(found: ReadonlyMap<SettingName, Found>, dataDir: string, problems: string[]): void {
  const url = found.has('SUPABASE_URL');
  const key = found.has('SUPABASE_ANON_KEY');
  if (url && !key)
    problems.push(
      'SUPABASE_URL is set but SUPABASE_ANON_KEY is not. Write the anon key of the same cloud project beside it.',
    );
  if (key && !url)
    problems.push(
      'SUPABASE_ANON_KEY is set but SUPABASE_URL is not. Write the address of the same cloud project beside it.',
    );
  if (!posix.isAbsolute(dataDir) && !win32.isAbsolute(dataDir)) {
    problems.push(
      `PULSER_DATA_DIR is "${dataDir}". Write the full path of a folder, for example PULSER_DATA_DIR=/var/lib/pulser`,
    );
  }
}

function build(
  values: Values,
  found: ReadonlyMap<SettingName, Found>,
  dataDir: string,
  warnings: readonly string[],
): Config {
  const text = (name: SettingName): string | null => (values[name] as string | undefined) ?? null;
  const url = text('SUPABASE_URL');
  const anonKey = text('SUPABASE_ANON_KEY');
  return {
    dataDir,
    syncIntervalMs: (values.SYNC_INTERVAL as number) * 1000,
    batchSize: values.BATCH_SIZE as number,
    compressThreshold: values.COMPRESS_THRESHOLD as number,
    cloud: url === null || anonKey === null ? null : { url, anonKey },
    jwtSecret: text('PULSER_JWT_SECRET'),
    deviceId: text('DEVICE_ID'),
    redis: redisOf(values),
    exportDir: text('PULSER_EXPORT_DIR'),
    neo4jUri: text('NEO4J_URI'),
    qdrantUrl: text('QDRANT_URL'),
    grafanaUrl: text('GRAFANA_URL'),
    lokiUrl: text('LOKI_URL'),
    prometheusUrl: text('PROMETHEUS_URL'),
    metricsPort: values.PULSER_METRICS_PORT as number,
    mcpPort: values.PULSER_MCP_PORT as number,
    enrolCode: text('PULSER_ENROL_CODE'),
    deviceName: text('PULSER_DEVICE_NAME'),
    listed: settingNames.map((name) => list(name, found, dataDir)),
    warnings,
  };
}

function redisOf(values: Values): Config['redis'] {
  const text = (name: SettingName): string | null => (values[name] as string | undefined) ?? null;
  const host = text('REDIS_HOST');
  if (host === null) return null;
  const [username, password] = [text('REDIS_USERNAME'), text('REDIS_PASSWORD')];
  return { host, username, password, tls: values.REDIS_TLS === true, ca: text('REDIS_TLS_CA') };
}

function list(name: SettingName, found: ReadonlyMap<SettingName, Found>, dataDir: string): Config['listed'][number] {
  const definition: Definition = definitions[name];
  const given = found.get(name);
  if (given !== undefined) return { name, value: definition.secret ? 'set' : given.value, source: given.source };
  if (name === 'PULSER_DATA_DIR') return { name, value: dataDir, source: 'default' };
  return { name, value: definition.fallback ?? 'not set', source: 'default' };
}

function freeze(config: Config): Config {
  for (const value of Object.values(config)) if (typeof value === 'object' && value !== null) Object.freeze(value);
  return Object.freeze(config);
}
