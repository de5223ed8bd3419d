import type { ReactNode } from 'react';
import css from './badge.module.css';
import type { Tone } from './tone.ts';

/** A state in a word, with its icon: the colour alone never says it. */
export function Badge({ tone, icon, children }: { tone: Tone; icon: ReactNode; children: ReactNode }) {
  return (
    <span className={css['badge']} data-tone={tone} title={typeof children === 'string' ? children : undefined}>
      {icon}
      <span className={css['text']}>{children}</span>
    </span>
  );
}
