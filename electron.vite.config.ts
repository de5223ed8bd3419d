import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const at = (path: string): string => resolve(import.meta.dirname, path);

/*
 * The pinned Electron runs Node 24 and Chromium 14x; the runtime that a machine without GitHub develops and tests with is
 * Electron 33 (see docs/adr/0001-set-up.md). The output is for the older of the two, so that both run the same files.
 */
const oldestNode = 'node20.18';
const oldestChromium = 'chrome130';

const alias = { '#shared': at('src-shared'), '#main': at('src-main'), '#cloud': at('src-cloud') };

export default defineConfig({
  main: {
    resolve: { alias },
    build: {
      outDir: at('out/main'),
      target: oldestNode,
      sourcemap: true,
      // `dependencies` stay outside: the SQLite driver finds its addon beside itself
      externalizeDeps: true,
      rolldownOptions: {
        input: {
          main: at('src-main/main.ts'),
          'host-thread': at('src-main/host-thread.ts'),
          'reader-thread': at('src-main/reader-thread.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    resolve: { alias },
    build: {
      outDir: at('out/preload'),
      target: oldestNode,
      sourcemap: true,
      // a sandboxed preload is one CommonJS file that can require next to nothing
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: at('src-preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('src-renderer'),
    resolve: { alias },
    plugins: [react()],
    build: {
      outDir: at('out/renderer'),
      target: oldestChromium,
      // The window's files are served and shipped as they are: small, and without maps (a build of the same commit makes those).
      minify: true,
      sourcemap: false,
      // One file on the same disk: in pieces it would only start later.
      chunkSizeWarningLimit: 800,
      rolldownOptions: { input: at('src-renderer/index.html') },
    },
  },
});
