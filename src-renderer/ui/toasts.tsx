import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import type { AppError } from '#shared/contract/errors.ts';
import { CommandFailure } from '../app/queries.ts';
import { t } from '../i18n/translate.ts';
import css from './toasts.module.css';

/** Says that something was done. The same `id` replaces the news before it instead of stacking. */
export function tell(id: string, message: string): void {
  show(id, { message, icon: <IconCheck size={16} />, color: 'brand', autoClose: 6000, role: 'status' });
}

/** Says that something was done and offers to undo it, for twelve seconds. */
export function tellWithUndo(id: string, message: string, undo: () => void, testId: string): void {
  const body = (
    <span className={css['line']}>
      <span>{message}</span>
      <Button
        size="compact-sm"
        data-testid={testId}
        onClick={() => {
          notifications.hide(id);
          undo();
        }}
      >
        {t('app.undo')}
      </Button>
    </span>
  );
  show(id, { message: body, icon: <IconCheck size={16} />, color: 'brand', autoClose: 12_000, role: 'status' });
}

/** Says in a sentence what did not work, where no command failed. */
export function tellProblem(id: string, message: string): void {
  show(id, { message, icon: <IconAlertTriangle size={16} />, color: 'red', autoClose: false, role: 'alert' });
}

/** Says what went wrong and what to do; stays until it is closed. */
export function tellFailure(failure: AppError): void {
  const body = (
    <span>
      {failure.action}
      {failure.detail === undefined ? null : <code className={css['detail']}>{failure.detail}</code>}
    </span>
  );
  const icon = <IconAlertTriangle size={16} />;
  show(`failure-${failure.code}`, {
    title: failure.message,
    message: body,
    icon,
    color: 'red',
    autoClose: false,
    role: 'alert',
  });
}

/** Says what an awaited command threw; anything but an expected failure is a bug and goes on to the error handler. */
export function tellThrown(error: unknown): void {
  if (!(error instanceof CommandFailure)) throw error;
  tellFailure(error.failure);
}

function show(id: string, data: Parameters<typeof notifications.show>[0]): void {
  notifications.hide(id);
  notifications.show({ id, withBorder: false, closeButtonProps: { 'aria-label': t('app.close') }, ...data });
}
