import { readdir, readFile } from 'node:fs/promises';

export type LabelledDocument = { name: string; title: string; text: string };

/** The documents that the questions are about. */
export async function loadDocuments(): Promise<LabelledDocument[]> {
  const folder = new URL('./documents/', import.meta.url);
  const files = (await readdir(folder)).sort();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(new URL(file, folder), 'utf8');
      return { name: file.replace(/\.md$/, ''), title: text.split('\n', 1)[0]?.replace('# ', '') ?? '', text };
    }),
  );
}
