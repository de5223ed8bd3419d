import { t } from '../../i18n/translate.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import form from '../../ui/form.module.css';
import { formatBytes } from '../../ui/format.ts';
import { SidePanel } from '../../ui/side-panel.tsx';
import { HealthBadge } from './health-badge.tsx';
import css from './services.module.css';
import { checkName, numbersText, type Service } from './service-text.ts';
import { ToolLine } from './tool-line.tsx';

/** One service: where it is, how it stands, how fast it is, and each of its tools with a switch. */
export function ServicePanel({ service, onClose }: { service: Service; onClose: () => void }) {
  const on = service.tools.filter((tool) => tool.on).length;
  return (
    <SidePanel title={service.title} badge={<HealthBadge state={service.state} />} onClose={onClose}>
      <div className={css['address']}>
        <code data-testid="service-url">{service.url ?? t('services.address.none')}</code>
        {service.url === null ? null : <CopyButton text={service.url} testId="service-url-copy" />}
      </div>
      <section className={form['section']}>
        <h3 className={form['subtitle']}>{t('services.numbers')}</h3>
        <p className={css['numbers']} data-testid="service-numbers">
          {numbersText(service.calls)}
        </p>
      </section>
      {service.checks.length === 0 ? null : (
        <section className={form['section']}>
          <h3 className={form['subtitle']}>{t('services.health')}</h3>
          <ul className={css['facts']} data-testid="service-checks">
            {service.checks.map((check) => (
              <li key={check.name}>
                <span>
                  {checkName(check.name)}
                  {check.note === '' ? null : <span className={css['under']}>{check.note}</span>}
                </span>
                <HealthBadge state={check.state} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <section className={form['section']}>
        <h3 className={form['subtitle']}>{t('services.tools')}</h3>
        <p className={form['hint']}>
          {t('services.tools.lead', { n: on, all: service.tools.length, bytes: formatBytes(service.listBytes) })}
        </p>
        <ul className={css['tools']}>
          {service.tools.map((tool) => (
            <ToolLine key={tool.name} service={service} tool={tool} />
          ))}
        </ul>
      </section>
    </SidePanel>
  );
}
