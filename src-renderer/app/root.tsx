import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Router } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import type { Bridge } from '#shared/contract/names.ts';
import { createClient } from './client.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { AppProvider, createQueryClient, followAnnouncements } from './queries.ts';
import { Shell } from './shell.tsx';
import { theme } from './theme.ts';

/** Everything around the screens: look, queries, the way to the host, the address. */
export function Root({ bridge }: { bridge: Bridge }) {
  const [app] = useState(() => ({ caller: createClient(bridge), shell: bridge.shell }));
  const [queries] = useState(createQueryClient);
  useEffect(() => followAnnouncements(app.caller, queries), [app, queries]);
  return (
    // The variables are static in theme.css: the provider writes no <style> element, which the policy would refuse.
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <QueryClientProvider client={queries}>
        <AppProvider value={app}>
          <Router hook={useHashLocation}>
            <ErrorBoundary>
              <Shell />
            </ErrorBoundary>
          </Router>
          <Notifications position="bottom-center" limit={3} containerWidth={480} transitionDuration={120} />
        </AppProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
