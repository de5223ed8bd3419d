import { expect, it } from 'vitest';
import { programs, snippetOf, tokenPlace, type Program } from './snippets.ts';

const scopes = [
  { service: 'scout', write: true },
  { service: 'voice', write: false },
];
const token = 'pulser_abc';
const bridge = { path: '/opt/pulser/bridge.mjs', dataDir: '/home/store/pulser' };
const parsed = (program: Program): unknown => JSON.parse(snippetOf(program, { port: 7411, scopes, token, bridge }));
const scout = 'http://127.0.0.1:7411/mcp/scout';
const voice = 'http://127.0.0.1:7411/mcp/voice';

it('names the real port and every service of the token, for every program', () => {
  for (const program of programs) {
    const text = snippetOf(program, { port: 7411, scopes, token, bridge });
    expect(text).toMatch(/scout/);
    expect(text).toMatch(/voice/);
    expect(text).not.toMatch(/PORT|creative/);
    expect(text).toContain(program === 'claude-desktop' ? bridge.path : scout);
  }
});

it('is what each program reads', () => {
  expect(parsed('vscode')).toEqual({
    inputs: [{ id: 'pulser', type: 'promptString', description: 'Pulser token', password: true }],
    servers: {
      'pulser-scout': { type: 'http', url: scout, headers: { Authorization: 'Bearer ${input:pulser}' } },
      'pulser-voice': { type: 'http', url: voice, headers: { Authorization: 'Bearer ${input:pulser}' } },
    },
  });
  expect(parsed('cursor')).toMatchObject({
    mcpServers: { 'pulser-voice': { url: voice, headers: { Authorization: 'Bearer ${env:PULSER_MCP_TOKEN}' } } },
  });
  expect(parsed('gemini')).toMatchObject({
    mcpServers: { 'pulser-scout': { httpUrl: scout, headers: { Authorization: 'Bearer pulser_abc' } } },
  });
  expect(parsed('claude-desktop')).toMatchObject({
    mcpServers: {
      'pulser-voice': {
        command: 'node',
        args: [bridge.path, 'voice'],
        env: { PULSER_MCP_TOKEN: 'pulser_abc', PULSER_DATA_DIR: bridge.dataDir },
      },
    },
  });
  expect(snippetOf('claude-code', { port: 7411, scopes, token, bridge }).split('\n')).toEqual([
    `claude mcp add --transport http pulser-scout ${scout} --header "Authorization: Bearer pulser_abc"`,
    `claude mcp add --transport http pulser-voice ${voice} --header "Authorization: Bearer pulser_abc"`,
  ]);
  expect(snippetOf('other', { port: 7411, scopes, token, bridge })).toBe(
    `${scout}\n${voice}\nAuthorization: Bearer pulser_abc`,
  );
});

it('leaves a place for a token that can no longer be shown', () => {
  for (const program of programs) {
    const text = snippetOf(program, { port: 7411, scopes, token: null, bridge: null });
    expect(text).not.toContain('null');
    expect(text.includes(tokenPlace)).toBe(program !== 'vscode' && program !== 'cursor');
  }
});
