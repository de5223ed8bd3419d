import { Button } from '@mantine/core';
import { IconPlugOff } from '@tabler/icons-react';
import { useState } from 'react';
import type { ServicesReport } from '#shared/contract/services.ts';
import { useDo } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { Blank } from '../../ui/blank.tsx';
import { tellFailure } from '../../ui/toasts.tsx';
import { OpenIcon } from './open-icon.tsx';
import { PortForm } from './port-form.tsx';
import css from './services.module.css';
import { openSentence, opennessOf } from './service-text.ts';

/** The sentence that says what is open, and the button that closes all of it. */
export function OpenCard({ report }: { report: ServicesReport | undefined }) {
  const now = useNow();
  const [choosing, setChoosing] = useState(false);
  const openness = report === undefined ? 'none' : opennessOf(report);
  const sentence = report === undefined ? null : openSentence(report, now);
  return (
    <section className={css['open']} aria-label={t('services.title')}>
      <div className={css['open-line']}>
        <OpenIcon openness={openness} size="large" />
        <div className={css['sentence']}>
          <h2 className={css['headline']}>
            <span role="status" data-testid="services-open">
              {sentence?.headline ?? <Blank width={320} height={18} />}
            </span>
          </h2>
          <p className={css['details']} data-testid="services-details">
            {sentence?.details.join(' ') ?? <Blank width={420} />}
          </p>
        </div>
        {report === undefined ? null : (
          <div className={css['open-buttons']}>
            {openness === 'failed' ? null : (
              <Button
                variant="subtle"
                color="gray"
                aria-expanded={choosing}
                onClick={() => setChoosing(!choosing)}
                data-testid="port-change"
              >
                {t('services.port.change', { port: String(report.listener.port) })}
              </Button>
            )}
            {openness === 'none' ? null : <AllOff />}
          </div>
        )}
      </div>
      {report !== undefined && (choosing || openness === 'failed') ? (
        <PortForm key={report.listener.port} port={report.listener.port} onDone={() => setChoosing(false)} />
      ) : null}
    </section>
  );
}

function AllOff() {
  const allOff = useDo('services.allOff');
  return (
    <Button
      color="red"
      leftSection={<IconPlugOff size={16} />}
      loading={allOff.isPending}
      onClick={() => allOff.mutate({}, { onError: (error) => tellFailure(error.failure) })}
      data-testid="services-all-off"
    >
      {t('services.all-off')}
    </Button>
  );
}
