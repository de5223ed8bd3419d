import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { packExtension } from '@anthropic-ai/mcpb';

/** What a bundle says of the service it is for. */
export type Bundled = { readonly id: string; readonly title: string; readonly instructions: string };

/** The bridge as plain JavaScript: its types are replaced by blanks, so that every line stays where it is. */
export function bridgeSource(): string {
  const path = join(import.meta.dirname, '..', '..', 'src-main', 'mcp', 'bridge', 'bridge.ts');
  return stripTypeScriptTypes(readFileSync(path, 'utf8'), { mode: 'strip' }).replace(/[ \t]+$/gm, '');
}

/** Writes `pulser-<id>.mcpb` into a folder and answers its path. Throws when the packer refuses the manifest. */
export async function buildBundle(service: Bundled, version: string, folder: string): Promise<string> {
  const parts = join(folder, `pulser-${service.id}`);
  rmSync(parts, { recursive: true, force: true });
  mkdirSync(parts, { recursive: true });
  writeFileSync(join(parts, 'bridge.mjs'), bridgeSource());
  writeFileSync(join(parts, 'manifest.json'), `${JSON.stringify(manifestOf(service, version), null, 2)}\n`);
  const path = join(folder, `pulser-${service.id}.mcpb`);
  const packed = await packExtension({ extensionPath: parts, outputPath: path, silent: true });
  if (!packed) throw new Error(`The bundle of ${service.id} could not be packed`);
  rmSync(parts, { recursive: true, force: true });
  return path;
}

function manifestOf({ id, title, instructions }: Bundled, version: string): object {
  return {
    manifest_version: '0.3',
    name: `pulser-${id}`,
    display_name: `Pulser ${title}`,
    version,
    description: `${title} of Pulser Field on this PC.`,
    long_description: `${instructions}\n\nPulser Field has to run on this PC, with ${title} switched on under Services.`,
    author: { name: 'Pulser' },
    server: {
      type: 'node',
      entry_point: 'bridge.mjs',
      mcp_config: {
        command: 'node',
        args: ['${__dirname}/bridge.mjs', id],
        env: { PULSER_MCP_TOKEN: '${user_config.token}', PULSER_DATA_DIR: '${user_config.data_folder}' },
      },
    },
    user_config: {
      token: {
        type: 'string',
        title: 'Token',
        description: 'Made in Pulser Field under Services. It is shown once.',
        sensitive: true,
        required: true,
      },
      data_folder: {
        type: 'directory',
        title: 'Data folder',
        description: 'Only where Pulser Field keeps its data in another place than usual.',
        required: false,
      },
    },
    tools_generated: true,
    prompts_generated: true,
    compatibility: { platforms: ['darwin', 'win32', 'linux'], runtimes: { node: '>=18' } },
  };
}
