import { Button } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { useState } from 'react';
import { useApp, useCommand, useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Failure } from '../../ui/failure.tsx';
import { Card, Empty, Page } from '../../ui/page.tsx';
import { ImportProgressCard } from './import-progress.tsx';
import { InspectionCard } from './inspection-card.tsx';
import type { Inspection } from './inspection.ts';

/** Sales from a file: choose, look, say which column is what, watch, read what was not taken. */
export function ImportScreen() {
  const { shell } = useApp();
  const progress = useCommand('import.get', {});
  const inspect = useDo('import.inspect');
  const [inspection, setInspection] = useState<Inspection | null>(null);
  const running = progress.data?.state === 'running';
  const choose = async (): Promise<void> => {
    const path = await shell.chooseImportFile();
    if (path === null) return;
    setInspection(null);
    inspect.mutate({ path }, { onSuccess: setInspection });
  };
  const idle = inspection === null && !running && (progress.data ?? null) === null;
  return (
    <Page
      title={t('import.title')}
      lead={t('import.lead')}
      actions={
        <Button
          variant={inspection === null ? 'filled' : 'default'}
          leftSection={<IconFileImport size={16} />}
          loading={inspect.isPending}
          disabled={running}
          onClick={() => void choose()}
          data-testid="import-choose"
        >
          {inspection === null ? t('import.choose') : t('import.choose.other')}
        </Button>
      }
    >
      {inspect.error === null ? null : <Failure failure={inspect.error.failure} />}
      {progress.error === null ? null : (
        <Failure failure={progress.error.failure} onAgain={() => void progress.refetch()} />
      )}
      {inspection === null || running ? null : (
        <InspectionCard key={inspection.path} inspection={inspection} onStarted={() => setInspection(null)} />
      )}
      {progress.data === undefined || progress.data === null ? null : <ImportProgressCard progress={progress.data} />}
      {idle ? (
        <Card>
          <Empty icon={<IconFileImport size={22} />}>{t('import.empty')}</Empty>
        </Card>
      ) : null}
    </Page>
  );
}
