import { derivedId } from '../derived-id.ts';

export type CustomerSeed = {
  readonly id: string;
  readonly name: string;
  readonly phone: string | null;
  readonly address: string | null;
  /** Centavos. */
  readonly credit_limit: number;
  readonly note: string | null;
};

const titles = ['Aling', 'Mang', 'Ate', 'Kuya', 'Nanay', 'Tita', 'Ka', 'Tatay'];
const names = [
  'Rosa',
  'Pedro',
  'Nena',
  'Bert',
  'Linda',
  'Carmen',
  'Romy',
  'Susan',
  'Lito',
  'Betty',
  'Josie',
  'Jun',
  'Boy',
  'Tess',
];
const streets = ['Mabini', 'Rizal', 'Sampaguita', 'Ilang-Ilang', 'Purok 3', 'Riverside'];

/** Forty neighbours of a store (suki); ids follow from the store, so that each store has its own. */
export function sampleCustomers(storeId: string): CustomerSeed[] {
  return Array.from({ length: 40 }, (_, index) => {
    const name = `${titles[index % titles.length]} ${names[(index * 5) % names.length]} ${String.fromCodePoint(65 + ((index * 7) % 25))}.`;
    return {
      id: derivedId('sample-customer', storeId, String(index)),
      name,
      // one digit short on purpose: nobody has such a number
      phone: index % 4 === 3 ? null : `0900 000 ${String(index).padStart(3, '0')}`,
      address: index % 3 === 0 ? null : `${10 + index} ${streets[index % streets.length]}`,
      credit_limit: [0, 20_000, 50_000, 100_000][index % 4] ?? 0,
      note: index === 5 ? 'Pays on the 15th and 30th' : null,
    };
  });
}
