import { Modal } from '@mantine/core';
import { t, type PlainKey } from '../../i18n/translate.ts';
import { Keys } from '../../ui/page.tsx';
import css from './conflicts.module.css';

const sheet: readonly { keys: readonly string[]; does: PlainKey }[] = [
  { keys: ['↑', '↓'], does: 'conflicts.keys.move' },
  { keys: ['←', '→'], does: 'conflicts.keys.side' },
  { keys: ['1'], does: 'conflicts.keys.mine' },
  { keys: ['2'], does: 'conflicts.keys.theirs' },
  { keys: ['E'], does: 'conflicts.keys.edit' },
  { keys: ['Enter'], does: 'conflicts.keys.keep' },
  { keys: ['A'], does: 'conflicts.keys.all' },
  { keys: ['Esc'], does: 'conflicts.keys.clear' },
  { keys: ['PgUp', 'PgDn'], does: 'conflicts.keys.next' },
  { keys: ['U'], does: 'conflicts.keys.undo' },
  { keys: ['?'], does: 'conflicts.keys.help' },
];

/** Every key of this screen. */
export function KeySheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={open}
      onClose={onClose}
      title={<strong>{t('conflicts.keys')}</strong>}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      <dl className={css['keys']}>
        {sheet.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <Keys key={key}>{key}</Keys>
              ))}
            </dt>
            <dd>{t(does)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
