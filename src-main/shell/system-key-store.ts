import { safeStorage } from 'electron';
import type { SystemKeyStore } from './key-keeper.ts';

/*
 * The asynchronous calls that replace these are missing in Electron 33, which machines without the official download develop
 * and test with; what is sealed by these can be read by those.
 */
/* oxlint-disable typescript/no-deprecated -- see above */

/** The operating system's key store through Electron. Usable once Electron is ready. */
export function systemKeyStore(platform: NodeJS.Platform): SystemKeyStore {
  return {
    available: () => safeStorage.isEncryptionAvailable(),
    backend: () => {
      if (platform === 'win32') return 'dpapi';
      if (platform === 'darwin') return 'keychain';
      return safeStorage.getSelectedStorageBackend();
    },
    seal: (text) => new Uint8Array(safeStorage.encryptString(text)),
    open: (sealed) => safeStorage.decryptString(Buffer.from(sealed)),
  };
}
