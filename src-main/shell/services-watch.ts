import type { Caller } from '#shared/contract/commands.ts';
import type { ServicesReport } from '#shared/contract/services.ts';
import { askInTurn } from './ask-in-turn.ts';

/** What is open to assistants: the services that may be read, and those that may also be changed, by their titles. */
export type OpenServices = { readonly read: readonly string[]; readonly write: readonly string[] };

/** Tells what is open to assistants, at once and whenever a switch is moved. */
export function watchServices(caller: Caller, onChange: (open: OpenServices) => void): void {
  const ask = askInTurn(async () => {
    const answer = await caller.call('services.get', {});
    if (answer.ok) onChange(openOf(answer.value));
  });
  caller.on('changes', ({ tables }) => {
    if (tables.includes('_services')) ask();
  });
  ask();
}

function openOf({ services }: ServicesReport): OpenServices {
  const titles = (tier: 'read' | 'write'): string[] =>
    services.filter((service) => service.tier === tier).map(({ title }) => title);
  return { read: titles('read'), write: titles('write') };
}
