import { Button } from '@mantine/core';
import { IconFolderOpen } from '@tabler/icons-react';
import { useApp, useCommand, useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Card } from '../../ui/page.tsx';
import { tellFailure } from '../../ui/toasts.tsx';
import css from './services.module.css';

/** Where files lie that assistants export, and another folder for them. */
export function ExportsCard() {
  const { shell } = useApp();
  const folder = useCommand('exports.get', {});
  const set = useDo('exports.setFolder');
  const put = (path: string | null): void => set.mutate({ path }, { onError: ({ failure }) => tellFailure(failure) });
  const choose = async (): Promise<void> => {
    const path = await shell.chooseFolder();
    if (path !== null) put(path);
  };
  return (
    <Card title={t('exports.title')}>
      <div className={css['exports']}>
        <p data-testid="exports-folder">
          {folder.data === undefined ? null : t('exports.folder', { path: folder.data.path })}
        </p>
        <div className={css['exports-buttons']}>
          <Button
            size="xs"
            leftSection={<IconFolderOpen size={16} />}
            loading={set.isPending}
            onClick={() => void choose()}
            data-testid="exports-choose"
          >
            {t('exports.choose')}
          </Button>
          {folder.data?.chosen === true ? (
            <Button size="xs" variant="subtle" color="gray" onClick={() => put(null)} data-testid="exports-usual">
              {t('exports.usual')}
            </Button>
          ) : null}
        </div>
      </div>
    </Card>
  );
}
