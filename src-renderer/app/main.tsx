import './without-eval.ts';
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './theme.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { Bridge } from '#shared/contract/names.ts';
import { Root } from './root.tsx';

/** The preload's bridge; in a plain browser during development the fixture, which a production build leaves out. */
async function findBridge(): Promise<Bridge> {
  if (window.pulser !== undefined) return window.pulser;
  if (import.meta.env.DEV)
    return (await import('../dev/fixture-bridge.ts')).createFixtureBridge(window.location.search);
  throw new Error('The window was opened without its preload');
}

const element = document.getElementById('root');
if (element === null) throw new Error('index.html has no #root');
const bridge = await findBridge();
createRoot(element).render(
  <StrictMode>
    <Root bridge={bridge} />
  </StrictMode>,
);
