import {
  IconBuildingStore,
  IconCashRegister,
  IconDeviceDesktopUp,
  IconFileImport,
  IconGitMerge,
  IconActivity,
  IconLayoutDashboard,
  IconListCheck,
  IconPackage,
  IconPlugConnected,
  IconRefresh,
  IconUsers,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { Link, useLocation } from 'wouter';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import { OpenIcon } from '../features/services/open-icon.tsx';
import { openInShort, opennessOf } from '../features/services/service-text.ts';
import { StateIcon } from '../features/status/state-icon.tsx';
import { stateInShort } from '../features/status/state-sentence.ts';
import { t, type PlainKey } from '../i18n/translate.ts';
import { formatCount } from '../ui/format.ts';
import { ColourScheme } from './colour-scheme.tsx';
import { useCommand } from './queries.ts';
import css from './navigation.module.css';

type Entry = {
  path: string;
  name: string;
  label: PlainKey;
  icon: ComponentType<{ size?: number; 'aria-hidden'?: boolean }>;
  /** How many things there need a person. */
  count?: (status: SyncStatus) => number;
  /** Whether it is offered at all; always without this. */
  when?: (status: SyncStatus | undefined) => boolean;
};

const groups: readonly { label: PlainKey; entries: readonly Entry[] }[] = [
  {
    label: 'nav.group.daily',
    entries: [
      { path: '/', name: 'overview', label: 'nav.overview', icon: IconLayoutDashboard },
      { path: '/sell', name: 'sell', label: 'nav.sell', icon: IconCashRegister },
      { path: '/queue', name: 'queue', label: 'nav.queue', icon: IconListCheck, count: (status) => status.stuck },
      {
        path: '/conflicts',
        name: 'conflicts',
        label: 'nav.conflicts',
        icon: IconGitMerge,
        count: (status) => status.openConflicts,
      },
    ],
  },
  {
    label: 'nav.group.data',
    entries: [
      { path: '/products', name: 'products', label: 'nav.products', icon: IconPackage },
      { path: '/customers', name: 'customers', label: 'nav.customers', icon: IconUsers },
      { path: '/import', name: 'import', label: 'nav.import', icon: IconFileImport },
    ],
  },
  {
    label: 'nav.group.pc',
    entries: [
      { path: '/services', name: 'services', label: 'nav.services', icon: IconPlugConnected },
      { path: '/sync', name: 'sync', label: 'nav.sync', icon: IconRefresh },
      {
        path: '/enrol',
        name: 'enrol',
        label: 'nav.enrol',
        icon: IconDeviceDesktopUp,
        when: (status) => status !== undefined && status.device === null,
      },
    ],
  },
];

/** The way between screens, how things stand, and which PC this is. */
export function Navigation({ status }: { status: SyncStatus | undefined }) {
  const [location] = useLocation();
  return (
    <nav className={css['nav']} aria-label={t('nav.label')}>
      <div className={css['brand']}>
        <span className={css['mark']} aria-hidden>
          <IconActivity size={18} />
        </span>
        <span className={css['word']}>{t('app.name')}</span>
      </div>
      {groups.map((group) => (
        <ul key={group.label} className={css['group']} aria-label={t(group.label)}>
          {group.entries
            .filter((entry) => entry.when?.(status) ?? true)
            .map((entry) => (
              <li key={entry.path}>
                <NavLink entry={entry} status={status} here={isHere(location, entry.path)} />
              </li>
            ))}
        </ul>
      ))}
      <Footer status={status} live={location !== '/'} />
    </nav>
  );
}

function isHere(location: string, path: string): boolean {
  return path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`);
}

function NavLink({ entry, status, here }: { entry: Entry; status: SyncStatus | undefined; here: boolean }) {
  const Icon = entry.icon;
  const count = status === undefined ? 0 : (entry.count?.(status) ?? 0);
  return (
    <Link
      href={entry.path}
      className={css['link'] ?? ''}
      aria-current={here ? 'page' : undefined}
      title={t(entry.label)}
      data-testid={`nav-${entry.name}`}
    >
      <Icon size={18} aria-hidden />
      <span className={css['word']}>{t(entry.label)}</span>
      {count > 0 ? (
        <span className={css['count']} data-testid={`nav-count-${entry.name}`}>
          <span aria-hidden>{formatCount(count)}</span>
          <span className="hidden-visually">{t('nav.attention', { n: count })}</span>
        </span>
      ) : null}
    </Link>
  );
}

/** The state in short stands on every screen; it speaks up only where the long sentence is not shown. */
function Footer({ status, live }: { status: SyncStatus | undefined; live: boolean }) {
  const store = status === undefined ? '\u00a0' : (status.store?.name ?? t('nav.no-store'));
  const device = status?.device?.name ?? '\u00a0';
  return (
    <div className={css['footer']}>
      <div
        className={css['state']}
        role={live ? 'status' : undefined}
        data-testid="state-short"
        title={status && stateInShort(status)}
      >
        {status === undefined ? null : (
          <>
            <StateIcon state={status.state} size="small" />
            <span className={css['word']}>{stateInShort(status)}</span>
          </>
        )}
      </div>
      <OpenToAssistants />
      <div className={css['place']} title={t('nav.place', { store, device })} data-testid="place">
        <IconBuildingStore size={16} aria-hidden />
        <span className={css['word']}>
          <span className={css['store']}>{store}</span>
          <span className={css['device']}>{device}</span>
        </span>
      </div>
      <ColourScheme />
    </div>
  );
}

/** The port may be taken or come free without anybody telling. */
const openEveryMs = 10_000;

/** Says on every screen that something is open to assistants, and leads there. Nothing while nothing is. */
function OpenToAssistants() {
  const report = useCommand('services.get', {}, { refetchEveryMs: openEveryMs });
  const openness = report.data === undefined ? 'none' : opennessOf(report.data);
  const text = openInShort(openness);
  return (
    <div role="status" className={css['open-live']}>
      {text === null ? null : (
        <Link href="/services" className={css['open'] ?? ''} title={text} data-testid="nav-open" data-open={openness}>
          <OpenIcon openness={openness} size="small" />
          <span className={css['word']}>{text}</span>
        </Link>
      )}
    </div>
  );
}
