import { Button, Modal } from '@mantine/core';
import { t } from '../i18n/translate.ts';
import css from './confirm.module.css';

type ConfirmProps = { open: boolean; title: string; text: string; yes: string; onYes: () => void; onNo: () => void };

/** A question before something is taken away. The harmless answer has the focus, so Enter destroys nothing. */
export function Confirm({ open, title, text, yes, onYes, onNo }: ConfirmProps) {
  return (
    <Modal opened={open} onClose={onNo} title={<strong>{title}</strong>} withCloseButton={false} size="md">
      <p>{text}</p>
      <div className={css['buttons']}>
        <Button onClick={onNo} data-autofocus>
          {t('app.cancel')}
        </Button>
        <Button variant="filled" color="red" onClick={onYes} data-testid="confirm-yes">
          {yes}
        </Button>
      </div>
    </Modal>
  );
}
