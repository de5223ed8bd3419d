import { ActionIcon } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { t } from '../i18n/translate.ts';
import css from './side-panel.module.css';

type SidePanelProps = { title: string; badge?: ReactNode; onClose: () => void; children: ReactNode };

/**
 * Details at the side of a list, never above it. Takes the focus when it opens, gives it back to where it was when it closes;
 * Escape closes it. Give it a `key` of what it shows, so that another choice opens it anew.
 */
export function SidePanel({ title, badge, onClose, children }: SidePanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus({ preventScroll: false });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented && document.querySelector('[role=dialog]') === null)
        onClose();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [onClose]);
  return (
    <aside className={css['panel']} aria-label={title} data-testid="side-panel">
      <header className={css['head']}>
        <h2 ref={heading} tabIndex={-1} className={css['title']}>
          {title}
        </h2>
        {badge}
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={t('app.close')} onClick={onClose}>
          <IconX size={18} />
        </ActionIcon>
      </header>
      <div className={css['body']}>{children}</div>
    </aside>
  );
}
