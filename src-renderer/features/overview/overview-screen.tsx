import { useCommand } from '../../app/queries.ts';
import { Failure } from '../../ui/failure.tsx';
import { NeedsCard } from './needs-card.tsx';
import css from './overview.module.css';
import { RecordsCard } from './records-card.tsx';
import { RoundsCard } from './rounds-card.tsx';
import { StateCard } from './state-card.tsx';
import { TodayCard } from './today-card.tsx';
import { WaitingCard } from './waiting-card.tsx';

/** How things stand: the sentence first, then money, then what needs a person, then the machinery. */
export function OverviewScreen() {
  const status = useCommand('status.get', {});
  // The last hour moves on by itself, without any change to announce.
  const overview = useCommand('overview.get', {}, { refetchEveryMs: 60_000 });
  return (
    <div className={css['overview']}>
      <StateCard status={status.data} failure={status.error?.failure ?? null} onAgain={() => void status.refetch()} />
      {overview.error === null ? null : (
        <Failure failure={overview.error.failure} onAgain={() => void overview.refetch()} />
      )}
      <div className={css['row']} data-row="first">
        <TodayCard today={overview.data?.today} />
        <NeedsCard />
        <RecordsCard tables={overview.data?.tables} />
      </div>
      <div className={css['row']} data-row="second">
        <WaitingCard status={status.data} />
        <RoundsCard overview={overview.data} />
      </div>
    </div>
  );
}
