import { Button, Modal } from '@mantine/core';
import { t } from '../i18n/translate.ts';
import css from './confirm.module.css';

type ConfirmProps = {
  open: boolean;
  title: string;
  /** One paragraph, or several. */
  text: string | readonly string[];
  yes: string;
  /** What `yes` does: takes something away, unless it is said otherwise. */
  tone?: 'red' | 'brand';
  onYes: () => void;
  onNo: () => void;
};

/** A question before something is taken away or given out. The harmless answer has the focus, so Enter destroys nothing. */
export function Confirm({ open, title, text, yes, tone = 'red', onYes, onNo }: ConfirmProps) {
  return (
    <Modal opened={open} onClose={onNo} title={<strong>{title}</strong>} withCloseButton={false} size="md">
      {[text].flat().map((paragraph) => (
        <p key={paragraph} className={css['paragraph']}>
          {paragraph}
        </p>
      ))}
      <div className={css['buttons']}>
        <Button onClick={onNo} data-autofocus>
          {t('app.cancel')}
        </Button>
        <Button variant="filled" color={tone} onClick={onYes} data-testid="confirm-yes">
          {yes}
        </Button>
      </div>
    </Modal>
  );
}
