import { contextBridge, ipcRenderer } from 'electron';
import type { CommandName, EventName } from '../src-shared/contract/commands.ts';
import { callChannel, eventChannel, shellChannel } from '../src-shared/contract/names.ts';
import type { Bridge } from '../src-shared/contract/names.ts';
import { knownCommands, knownEvents } from './known-names.ts';

const listeners = new Map<EventName, Set<(data: unknown) => void>>();

ipcRenderer.on(eventChannel, (_event, name: unknown, data: unknown) => {
  if (isEvent(name)) listeners.get(name)?.forEach((listener) => listener(data));
});

function isEvent(name: unknown): name is EventName {
  return typeof name === 'string' && Object.hasOwn(knownEvents, name);
}
function isCommand(name: unknown): name is CommandName {
  return typeof name === 'string' && Object.hasOwn(knownCommands, name);
}

const bridge: Bridge = Object.freeze({
  call: (name: CommandName, input: unknown): Promise<unknown> =>
    isCommand(name) ? ipcRenderer.invoke(callChannel, name, input) : Promise.reject(new TypeError('Unknown command')),
  on: (event: EventName, listener: (data: unknown) => void): (() => void) => {
    if (!isEvent(event)) throw new TypeError('Unknown event');
    const set = listeners.get(event) ?? new Set();
    listeners.set(event, set);
    // A wrapper of its own for each registration, so that one listener may be registered twice and leave twice.
    const own = (data: unknown): void => listener(data);
    set.add(own);
    return () => void set.delete(own);
  },
  shell: Object.freeze({
    chooseImportFile: () => ipcRenderer.invoke(shellChannel, 'chooseImportFile') as Promise<string | null>,
    chooseBundle: () => ipcRenderer.invoke(shellChannel, 'chooseBundle') as Promise<string | null>,
    chooseFolder: () => ipcRenderer.invoke(shellChannel, 'chooseFolder') as Promise<string | null>,
    saveBundle: (name: string) => ipcRenderer.invoke(shellChannel, 'saveBundle', name) as Promise<string | null>,
  }),
});

contextBridge.exposeInMainWorld('pulser', bridge);
