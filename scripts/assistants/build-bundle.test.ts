import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackExtension, validateManifest } from '@anthropic-ai/mcpb';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, expect, it } from 'vitest';
import { notesService } from '#main/mcp/testing/notes-service.ts';
import { serveNotes } from '#main/mcp/testing/served.ts';
import { buildBundle } from './build-bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'pulser-bundle-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('a bundle is small, is taken by its own validator, and connects with nothing but itself and a token', async () => {
  const path = await buildBundle(notesService, '1.2.3', folder);
  expect(statSync(path).size).toBeLessThan(10_000);
  const unpacked = join(folder, 'unpacked');
  expect(await unpackExtension({ mcpbPath: path, outputDir: unpacked, silent: true })).toBe(true);
  expect(validateManifest(join(unpacked, 'manifest.json'))).toBe(true);
  const source = readFileSync(join(unpacked, 'bridge.mjs'), 'utf8');
  expect(source).not.toMatch(/from '(?!node:)/);
  const pc = await serveNotes();
  try {
    const client = new Client({ name: 'desktop', version: '1' });
    // as an assistant does: its own Node, and what was left empty in its form
    const env = {
      PATH: process.env['PATH'] ?? '',
      PULSER_MCP_TOKEN: (await pc.token()).token,
      PULSER_DATA_DIR: pc.folder,
    };
    await client.connect(
      new StdioClientTransport({ command: 'node', args: [join(unpacked, 'bridge.mjs'), 'notes'], env }),
    );
    const listed = await client.callTool({ name: 'list_notes', arguments: {} });
    expect(listed.structuredContent).toMatchObject({ total: 2 });
    await client.close();
  } finally {
    await pc.stop();
  }
});
