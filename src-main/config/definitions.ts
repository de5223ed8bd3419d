import { posix, win32 } from 'node:path';
import { z } from 'zod';
import { cloudKey, httpUrl, wholeNumber } from './value-schemas.ts';

/** One name of the configuration: how its text is read, and the words for an operator who wrote something else. */
export type Definition = {
  readonly schema: z.ZodType;
  /** Completes the sentence "Write …". */
  readonly wanted: string;
  readonly example: string;
  /** Value when no source has one; null: there is none. */
  readonly fallback: string | null;
  readonly secret: boolean;
};

function number(min: number, max: number, fallback: number, unit: string): Definition {
  return {
    schema: wholeNumber(min, max),
    wanted: `a whole number of ${unit} from ${min} to ${max}`,
    example: String(fallback),
    fallback: String(fallback),
    secret: false,
  };
}
function url(schema: z.ZodType, wanted: string, example: string): Definition {
  return { schema, wanted, example, fallback: null, secret: false };
}
function text(max: number, wanted: string, example: string): Definition {
  return { schema: z.string().max(max), wanted, example, fallback: null, secret: false };
}
/** A path from the root, of this system or of any other. */
function path(wanted: string, example: string): Definition {
  const schema = z
    .string()
    .max(1000)
    .refine((value) => posix.isAbsolute(value) || win32.isAbsolute(value));
  return { schema, wanted, example, fallback: null, secret: false };
}
function secret(schema: z.ZodType, wanted: string, example: string): Definition {
  return { schema, wanted, example, fallback: null, secret: true };
}

const anyHttp = httpUrl(false);
const withScheme = (schemes: string[]): z.ZodType => z.url({ protocol: new RegExp(`^(${schemes.join('|')})$`) });

/** Every name that Pulser Field reads. */
export const definitions = {
  SYNC_INTERVAL: number(1, 3600, 15, 'seconds'),
  BATCH_SIZE: number(1, 2000, 500, 'changes'),
  COMPRESS_THRESHOLD: number(0, 10_000_000, 1000, 'bytes'),
  SUPABASE_URL: url(
    httpUrl(true),
    'the address of the cloud project, starting with https:// (http:// only for this PC itself)',
    'https://abcdefgh.supabase.co',
  ),
  SUPABASE_ANON_KEY: secret(cloudKey, 'the anon (publishable) key of the cloud project, without blanks', '<anon key>'),
  SUPABASE_SERVICE_ROLE_KEY: secret(z.string(), 'nothing here: remove this line', ''),
  PULSER_JWT_SECRET: secret(
    z.string().min(32),
    'a secret of at least 32 characters',
    '<output of: openssl rand -hex 32>',
  ),
  DEVICE_ID: url(
    z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
    'the id of this PC: at most 64 letters, digits, dots, dashes or underscores',
    'store-12-pc-2',
  ),
  REDIS_HOST: url(
    z.string().regex(/^[A-Za-z0-9._-]+(:\d{1,5})?$/),
    'a host name with an optional port, without redis://',
    'localhost:6379',
  ),
  REDIS_USERNAME: text(100, 'the user of the Redis access list', 'pulser'),
  REDIS_PASSWORD: secret(z.string().min(1).max(500), 'the password of the Redis server', '<password>'),
  REDIS_TLS: {
    schema: z.enum(['on', 'off']).transform((value) => value === 'on'),
    wanted: 'on or off',
    example: 'on',
    fallback: 'off',
    secret: false,
  },
  REDIS_TLS_CA: path('the full path of the certificate that signed the Redis server’s', '/etc/pulser/redis-ca.pem'),
  NEO4J_URI: url(
    withScheme(['neo4j', 'neo4j\\+s', 'bolt', 'bolt\\+s']),
    'an address starting with neo4j://, neo4j+s://, bolt:// or bolt+s://',
    'bolt://localhost:7687',
  ),
  QDRANT_URL: url(anyHttp, 'an address starting with http:// or https://', 'http://localhost:6333'),
  GRAFANA_URL: url(anyHttp, 'an address starting with http:// or https://', 'http://localhost:3000'),
  LOKI_URL: url(anyHttp, 'an address starting with http:// or https://', 'http://localhost:3100'),
  PROMETHEUS_URL: url(anyHttp, 'an address starting with http:// or https://', 'http://localhost:9090'),
  PULSER_METRICS_PORT: {
    schema: wholeNumber(0, 65535),
    wanted: 'a port number from 1 to 65535, or 0 for any free one',
    example: '9464',
    fallback: '9464',
    secret: false,
  },
  PULSER_MCP_PORT: {
    schema: wholeNumber(0, 65535),
    wanted: 'a port number from 1 to 65535, or 0 for any free one',
    example: '7347',
    fallback: '7347',
    secret: false,
  },
  PULSER_DATA_DIR: text(1000, 'the full path of a folder', '/var/lib/pulser'),
  PULSER_EXPORT_DIR: path('the full path of the folder that exports are written to', '/home/store/exports'),
  PULSER_ENROL_CODE: secret(
    z.string().trim().min(4).max(64),
    'the enrolment code your supervisor gave you',
    'K7QF-22MD',
  ),
  PULSER_DEVICE_NAME: text(80, 'a name for this PC of at most 80 characters', 'Counter 2'),
} as const satisfies Record<string, Definition>;

export type SettingName = keyof typeof definitions;
export const settingNames = Object.keys(definitions) as SettingName[];
