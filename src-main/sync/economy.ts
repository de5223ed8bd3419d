/** How sparing this PC is with its connection: an operator's choice, or what the operating system says of the network. */
import type { Economy, EconomySettings } from '#shared/contract/economy.ts';
import { readMeta, writeMeta } from '#main/store/meta.ts';
import type { Store } from '#main/store/types.ts';

export type EconomyPart = {
  /** What was chosen, and whether it is in force. */
  read(): Economy;
  set(settings: EconomySettings): void;
  /** What the operating system says of the network; null when it does not say. */
  tell(metered: boolean | null): void;
};

const usual: EconomySettings = { mode: 'auto', upBytesPerSecond: null, downBytesPerSecond: null };

/** Keeps the choice in the store; `onChange` hears when what is in force may be another. */
export function createEconomy(store: Store, onChange: () => void): EconomyPart {
  let network: boolean | null = null;
  const settings = (): EconomySettings => readMeta<EconomySettings>(store.read, 'economy') ?? usual;

  return {
    read() {
      const chosen = settings();
      const metered = chosen.mode === 'on' || (chosen.mode === 'auto' && network === true);
      return { ...chosen, metered };
    },
    set(next) {
      store.apply({ tables: ['_sync'], origin: 'local' }, (db) => writeMeta(db, 'economy', next));
      onChange();
    },
    tell(metered) {
      if (network === metered) return;
      network = metered;
      onChange();
    },
  };
}
