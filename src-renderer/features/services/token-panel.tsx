import type { ClientToken, ServicesReport } from '#shared/contract/services.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import form from '../../ui/form.module.css';
import { SidePanel } from '../../ui/side-panel.tsx';
import { Time } from '../../ui/time.tsx';
import type { ShownToken } from './token-text.ts';
import { names } from './service-text.ts';
import css from './services.module.css';
import { Snippets } from './snippet-view.tsx';
import { TokenActions } from './token-actions.tsx';
import { TokenBadge } from './token-badge.tsx';
import { closedServices, scopesText } from './token-text.ts';

type PanelProps = {
  token: ClientToken;
  report: ServicesReport;
  /** Its text, right after it was made; null ever after. */
  shown: string | null;
  onShown: (shown: ShownToken) => void;
  onClose: () => void;
};

/** An assistant's token: its text once, how to put it into the program, what it may, and its end. */
export function TokenPanel({ token, report, shown, onShown, onClose }: PanelProps) {
  const now = useNow();
  const closed = closedServices(token.scopes, report.services);
  return (
    <SidePanel title={token.name} badge={<TokenBadge token={token} now={now} />} onClose={onClose}>
      {shown === null ? null : (
        <div className={css['once']} role="status">
          <p>{t('assistants.once.lead')}</p>
          <code data-testid="token-text">{shown}</code>
          <CopyButton text={shown} label={t('assistants.copy.token')} variant="filled" testId="token-copy" />
        </div>
      )}
      {closed.length === 0 || token.state !== 'valid' ? null : (
        <p className={css['closed']} data-testid="token-closed">
          {t('assistants.closed', { services: names(closed) })}
        </p>
      )}
      {token.state === 'valid' ? (
        <Snippets port={report.listener.port} scopes={token.scopes} token={shown} bridge={report.bridge} />
      ) : null}
      <ul className={css['facts']}>
        <li>
          <span className="dim">{t('assistants.col.may')}</span>
          <span>{scopesText(token.scopes, report.services)}</span>
        </li>
        <li>
          <span className="dim">{t('assistants.made')}</span>
          <Time at={token.createdAt} now={now} long />
        </li>
        <li>
          <span className="dim">{t('assistants.col.used')}</span>
          {token.lastUsedAt === null ? t('assistants.never') : <Time at={token.lastUsedAt} now={now} long />}
        </li>
        <li>
          <span className="dim">{t('assistants.col.expires')}</span>
          <Time at={token.expiresAt} now={now} long />
        </li>
      </ul>
      {token.state === 'revoked' ? null : (
        <section className={form['section']}>
          <TokenActions token={token} onShown={onShown} onRevoked={onClose} />
        </section>
      )}
    </SidePanel>
  );
}
