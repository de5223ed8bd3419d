import { dialog } from 'electron';
import type { BrowserWindow } from 'electron';
import { answerExtension, bundleExtension } from '#shared/sync/bundle.ts';
import type { FileDialogs } from './chosen-files.ts';

/** The dialogs of the operating system. */
export const fileDialogs: FileDialogs<BrowserWindow> = {
  openSales: (window) =>
    open(window, 'Choose a file of sales', [
      { name: 'Tables and baskets', extensions: ['csv', 'tsv', 'txt'] },
      { name: 'All files', extensions: ['*'] },
    ]),
  openBundle: (window) =>
    open(window, 'Choose a change bundle or an answer', [
      { name: 'Change bundles and answers', extensions: [bundleExtension, answerExtension] },
      { name: 'All files', extensions: ['*'] },
    ]),
  async openFolder(window) {
    const { canceled, filePaths } = await dialog.showOpenDialog(window, {
      title: 'Choose a folder for exports',
      properties: ['openDirectory', 'createDirectory'],
    });
    return canceled ? null : (filePaths[0] ?? null);
  },
  async saveBundle(window, name) {
    const { canceled, filePath } = await dialog.showSaveDialog(window, {
      title: 'Write a change bundle',
      defaultPath: name,
      properties: ['showOverwriteConfirmation', 'createDirectory'],
      filters: [{ name: 'Change bundles', extensions: [bundleExtension] }],
    });
    return canceled || filePath === '' ? null : filePath;
  },
};

async function open(
  window: BrowserWindow,
  title: string,
  filters: { name: string; extensions: string[] }[],
): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, { title, properties: ['openFile'], filters });
  return canceled ? null : (filePaths[0] ?? null);
}
