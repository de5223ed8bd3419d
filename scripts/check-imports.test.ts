import { describe, expect, it } from 'vitest';
import { checkImports, roomsWithoutReadme } from './imports/check.ts';
import { readImports } from './imports/read-imports.ts';

/** Checks one module among others that exist (with no imports of their own). */
function problemsOf(path: string, source: string, others: readonly string[] = []): string[] {
  return checkImports(new Map([[path, source], ...others.map((other): [string, string] => [other, ''])]));
}

describe('reading imports', () => {
  it.each([
    ['a value', "import { a } from 'x';", false],
    ['everything', "import * as a from 'x';", false],
    ['for its effects', "import 'x';", false],
    ['a type', "import type { A } from 'x';", true],
    ['types one by one', "import { type A, type B } from 'x';", true],
    ['a type beside a value', "import { type A, b } from 'x';", false],
    ['an export', "export { a } from 'x';", false],
    ['an export of a type', "export type { A } from 'x';", true],
    ['an export of everything', "export * from 'x';", false],
    ['an export under a name', "export * as a from 'x';", false],
    ['at run time', "async function f() { return await import('x'); }", false],
    ['at run time, with backticks', 'const f = () => import(`x`);', false],
    ['a type in place', "type A = import('x').A;", true],
    ['with import equals', "import a = require('x');", false],
    ['with require', "const a = require('x');", false],
    ['by resolving', "const a = require.resolve('x');", false],
  ])('finds %s', (_, source, typeOnly) => {
    expect(readImports('src-main/store/a.ts', source)).toEqual([{ specifier: 'x', line: 1, typeOnly }]);
  });

  it('finds imports in JSX files, with their line', () => {
    const source = "const a = <b>import('no')</b>;\n\nconst c = () => import('x');";
    expect(readImports('a.tsx', source)).toEqual([{ specifier: 'x', line: 3, typeOnly: false }]);
  });

  it('does not take comments and strings for imports', () => {
    expect(readImports('a.ts', "// import 'x'\nconst a = \"import 'x'\"; /* require('x') */")).toEqual([]);
  });

  it('sees what is computed, except where only a path is asked for', () => {
    const source = 'const a = import(name); const b = require(name); const c = require.resolve(name);';
    expect(readImports('a.ts', source).map(({ specifier }) => specifier)).toEqual([null, null]);
  });

  it('refuses what is not TypeScript', () => {
    expect(() => readImports('a.ts', 'const = ;')).toThrow('a.ts');
  });
});

describe('rooms of src-main', () => {
  const rooms = ['config', 'telemetry', 'store', 'accelerators', 'sync', 'shop', 'services', 'mcp', 'host', 'shell'];
  const places = [0, 0, 1, 2, 3, 3, 4, 5, 6, 7];

  it('lets each import what stands to its left, and nothing else', () => {
    for (const [from, room] of rooms.entries()) {
      for (const [to, other] of rooms.entries()) {
        const allowed = room === other || (places[to] ?? 0) < (places[from] ?? 0);
        const target = `src-main/${other}/b.ts`;
        const found = problemsOf(`src-main/${room}/a.ts`, `import { b } from '#main/${other}/b.ts';`, [target]);
        expect(found.length === 0, `${room} → ${other}: ${found.join()}`).toBe(allowed);
      }
    }
  });

  it.each([
    ['import type', "import type { B } from '../sync/b.ts';"],
    ['export from', "export { b } from '../sync/b.ts';"],
    ['a run-time import', "const b = () => import('../sync/b.ts');"],
    ['a type in place', "type B = import('../sync/b.ts').B;"],
    ['a way without its ending', "import { b } from '../sync/b';"],
  ])('finds a wrong way by %s', (_, source) => {
    expect(problemsOf('src-main/store/a.ts', source, ['src-main/sync/b.ts'])).toEqual([
      expect.stringContaining('sync stands to the right of store'),
    ]);
  });

  it('finds sync and shop knowing each other', () => {
    expect(problemsOf('src-main/shop/a.ts', "import '#main/sync/b.ts';", ['src-main/sync/b.ts'])).toEqual([
      expect.stringContaining('shop and sync do not know each other'),
    ]);
  });

  it('lets an entry import every room, and no room an entry', () => {
    expect(problemsOf('src-main/main.ts', "import './shell/a.ts';", ['src-main/shell/a.ts'])).toEqual([]);
    expect(problemsOf('src-main/host/a.ts', "import '../main.ts';", ['src-main/main.ts'])).toHaveLength(1);
  });

  it('finds a room that is not in the drawing', () => {
    expect(problemsOf('src-main/attic/a.ts', "import '../store/b.ts';", ['src-main/store/b.ts'])).toEqual([
      expect.stringContaining('no known room'),
    ]);
  });
});

describe('top folders', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['src-shared/a.ts', "import '#main/store/b.ts';"],
    ['src-shared/a.ts', "import type { B } from '../src-renderer/b.ts';"],
    ['src-shared/a.ts', "import '../scripts/b.ts';"],
    ['src-renderer/a.tsx', "import '#main/store/b.ts';"],
    ['src-renderer/a.tsx', "import type { B } from '../src-preload/index.ts';"],
    ['src-preload/index.ts', "import { commands } from '../src-shared/contract/commands.ts';"],
    ['src-preload/index.ts', "import type { B } from '../src-main/shell/b.ts';"],
    ['src-cloud/local/a.ts', "import '#main/store/b.ts';"],
    ['src-main/sync/a.ts', "import '#cloud/local/b.ts';"],
    ['src-main/sync/a.ts', "import '../store/testing.ts';"],
    ['src-main/sync/a.ts', "import '../../scripts/b.ts';"],
  ];
  it.each(wrong)('%s may not: %s', (path, source) => {
    expect(problemsOf(path, source)).toHaveLength(1);
  });

  const right: readonly (readonly [string, string])[] = [
    ['src-renderer/a.tsx', "import '#shared/b.ts';"],
    ['src-renderer/a.tsx', "import './a.css';"],
    ['src-cloud/local/a.ts', "import '#shared/b.ts';"],
    ['src-main/sync/a.test.ts', "import '#cloud/local/testing.ts';"],
    ['src-main/sync/a.test.ts', "import '../store/testing.ts';"],
    ['src-preload/index.ts', "import type { B } from '../src-shared/contract/commands.ts';"],
    ['src-preload/index.ts', "import { b } from '../src-shared/contract/names.ts';"],
    ['scripts/a.ts', "import '#main/store/b.ts'; import '#cloud/local/b.ts'; import 'pg';"],
    ['e2e/a.test.ts', "import '../src-main/sync/b.ts'; import 'electron';"],
  ];
  it.each(right)('%s may: %s', (path, source) => {
    expect(problemsOf(path, source)).toEqual([]);
  });
});

describe('packages', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['src-main/host/a.ts', "import type { App } from 'electron';"],
    ['src-main/host-thread.ts', "import { app } from 'electron';"],
    ['src-renderer/a.ts', "import { ipcRenderer } from 'electron';"],
    ['src-main/sync/a.ts', "import Driver from 'better-sqlite3';"],
    ['src-main/sync/a.ts', "const load = () => import('better-sqlite3');"],
    ['src-main/sync/a.ts', "import { createClient } from '@supabase/supabase-js';"],
    ['src-main/sync/a.ts', "import { RealtimeClient } from '@supabase/realtime-js';"],
    ['src-cloud/local/a.ts', "import { createClient } from '@supabase/supabase-js';"],
    ['src-main/sync/push.ts', "import pg from 'pg';"],
    ['src-main/shell/a.ts', "import { Button } from '@mantine/core';"],
    ['src-shared/a.ts', "import { useState } from 'react';"],
    ['src-shared/a.ts', "import { createHash } from 'node:crypto';"],
    ['src-shared/a.ts', "import { createHash } from 'crypto';"],
    ['src-renderer/a.ts', "import { join } from 'node:path';"],
    ['src-preload/index.ts', "import { z } from 'zod';"],
    ['src-main/store/a.ts', 'const load = (name: string) => import(name);'],
  ];
  it.each(wrong)('%s may not: %s', (path, source) => {
    expect(problemsOf(path, source)).toHaveLength(1);
  });

  const right: readonly (readonly [string, string])[] = [
    ['src-main/shell/a.ts', "import { app } from 'electron';"],
    ['src-main/main.ts', "import { app } from 'electron';"],
    ['src-preload/index.ts', "import { contextBridge } from 'electron';"],
    ['src-main/store/a.ts', "import Driver from 'better-sqlite3';"],
    ['src-main/sync/transport/a.ts', "import { createClient } from '@supabase/supabase-js';"],
    ['src-cloud/local/a.test.ts', "import { createClient } from '@supabase/supabase-js';"],
    ['src-renderer/a.tsx', "import { Button } from '@mantine/core'; import { useState } from 'react';"],
    ['src-shared/a.ts', "import { z } from 'zod';"],
    ['src-shared/a.test.ts', "import { readFileSync } from 'node:fs';"],
  ];
  it.each(right)('%s may: %s', (path, source) => {
    expect(problemsOf(path, source)).toEqual([]);
  });
});

describe('circles', () => {
  it('finds one through three files, also by types, once', () => {
    const found = checkImports(
      new Map([
        ['src-main/store/a.ts', "import './b.ts';"],
        ['src-main/store/b.ts', "import type { C } from './c.ts';"],
        ['src-main/store/c.ts', "export * from '#main/store/a.ts';"],
        ['src-main/store/d.ts', "import './a.ts';"],
      ]),
    );
    expect(found).toEqual([
      'a circle of imports: src-main/store/a.ts → src-main/store/b.ts → src-main/store/c.ts → src-main/store/a.ts',
    ]);
  });

  it('finds a file that imports itself', () => {
    expect(problemsOf('src-shared/a.ts', "import './a.ts';")).toHaveLength(1);
  });

  it('finds none where two ways lead to one file', () => {
    const sources = new Map([
      ['src-shared/a.ts', "import './b.ts'; import './c.ts';"],
      ['src-shared/b.ts', "import './d.ts';"],
      ['src-shared/c.ts', "import './d.ts';"],
      ['src-shared/d.ts', ''],
    ]);
    expect(checkImports(sources)).toEqual([]);
  });
});

describe('READMEs', () => {
  it('misses those of folders and rooms, not of deeper folders', () => {
    const paths = [
      'src-main/README.md',
      'src-main/main.ts',
      'src-main/store/a.ts',
      'src-main/sync/README.md',
      'src-main/sync/deep/a.ts',
      'docs/a.md',
    ];
    expect(roomsWithoutReadme(paths)).toEqual(['src-main/store']);
    expect(roomsWithoutReadme(['src-cloud/local/README.md', 'src-cloud/local/a.ts'])).toEqual(['src-cloud']);
  });
});
