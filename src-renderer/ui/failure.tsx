import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { AppError } from '#shared/contract/errors.ts';
import { t } from '../i18n/translate.ts';
import css from './failure.module.css';

type FailureProps = { failure: AppError; onAgain?: () => void; action?: ReactNode };

/** An expected failure: what happened, what to do, the detail, and at most one button: to try again, or another one. */
export function Failure({ failure, onAgain, action }: FailureProps) {
  return (
    <div className={css['failure']} role="alert" data-code={failure.code}>
      <IconAlertTriangle size={18} aria-hidden />
      <div className={css['words']}>
        <strong>{failure.message}</strong>
        <span>{failure.action}</span>
        {failure.detail === undefined ? null : <code className={css['detail']}>{failure.detail}</code>}
      </div>
      {onAgain === undefined ? (
        action
      ) : (
        <Button size="xs" onClick={onAgain}>
          {t('app.again')}
        </Button>
      )}
    </div>
  );
}
