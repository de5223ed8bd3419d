import type { ReactNode } from 'react';
import css from './page.module.css';

type PageProps = { title: string; lead: string; actions?: ReactNode; children: ReactNode };

/** A screen: its name, the sentence that says how things stand, its actions, its content. */
export function Page({ title, lead, actions, children }: PageProps) {
  return (
    <div className={css['page']}>
      <header className={css['header']}>
        <div className={css['titles']}>
          <h1 className={css['title']}>{title}</h1>
          <p className={css['lead']}>{lead}</p>
        </div>
        <div className={css['actions']}>{actions}</div>
      </header>
      {children}
    </div>
  );
}

type CardProps = { title?: string; action?: ReactNode; children: ReactNode; className?: string | undefined };

/** A surface with a quiet title. */
export function Card({ title, action, children, className }: CardProps) {
  return (
    <section className={`${css['card']} ${className ?? ''}`} aria-label={title}>
      {title === undefined ? null : (
        <div className={css['card-head']}>
          <h2 className={css['card-title']}>{title}</h2>
          {action}
        </div>
      )}
      {children}
    </section>
  );
}

type WithSideProps = { children: ReactNode; side: ReactNode; open: boolean; wide?: boolean };

/** A list beside the details of what is chosen in it. Without details the list has the whole width. `wide` details hold more than facts. */
export function WithSide({ children, side, open, wide = false }: WithSideProps) {
  return (
    <div className={css['with-side']} data-open={open || undefined} data-wide={wide || undefined}>
      <div className={css['main']}>{children}</div>
      {side}
    </div>
  );
}

/** What a screen says when there is nothing to list: one sentence, and at most one thing to do. */
export function Empty({ icon, children, action }: { icon: ReactNode; children: ReactNode; action?: ReactNode }) {
  return (
    <div className={css['empty']}>
      <span className={css['empty-icon']} aria-hidden>
        {icon}
      </span>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** Keys that do the same as the button they stand in. */
export function Keys({ children }: { children: string }) {
  return (
    <kbd className={css['kbd']} aria-hidden>
      {children}
    </kbd>
  );
}
