import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Component, type ReactNode } from 'react';
import { t } from '../i18n/translate.ts';
import { Empty } from '../ui/page.tsx';

type State = { problem: string | null };

/** Shows a screen instead of an empty window when a bug is met. Data is safe: it lives in the host. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { problem: null };

  static getDerivedStateFromError(error: unknown): State {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.problem === null) return this.props.children;
    return (
      <main role="alert">
        <Empty
          icon={<IconAlertTriangle size={22} />}
          action={
            <Button variant="filled" onClick={() => window.location.reload()}>
              {t('app.reload')}
            </Button>
          }
        >
          <strong>{t('app.crashed')}</strong> {t('app.crashed.action')} <code>{this.state.problem}</code>
        </Empty>
      </main>
    );
  }
}
