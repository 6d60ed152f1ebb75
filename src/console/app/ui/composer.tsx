import { useState } from 'preact/hooks';
import { wordsOf } from '../api.ts';
import { Icon } from './icon.tsx';
import { toast } from './toast.tsx';

const LARGEST_PICTURE = 4 * 1024 * 1024;

/** A picture to send, as base64. */
export type Picture = { contentType: string; data: string };

/** Writes, sends on Enter, and takes pictures along. */
export function Composer(props: {
  send: (body: string, pictures: Picture[]) => Promise<void>;
  label?: string;
  pictures?: boolean;
}) {
  const [body, setBody] = useState('');
  const [pictures, setPictures] = useState<(Picture & { name: string })[]>([]);
  const label = props.label ?? 'Message';

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (body.trim() === '' && pictures.length === 0) return;
    const [text, files] = [body, pictures];
    setBody('');
    setPictures([]);
    try {
      await props.send(
        text,
        files.map(({ contentType, data }) => ({ contentType, data })),
      );
    } catch (error) {
      setBody(text);
      setPictures(files);
      toast(wordsOf(error), 'bad');
    }
  }
  async function attach(event: Event): Promise<void> {
    const input = event.currentTarget as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = '';
    if (files.some((file) => file.size > LARGEST_PICTURE)) toast('A picture may have 4 MB.', 'bad');
    const fit = files.filter((file) => file.size <= LARGEST_PICTURE);
    const read = await Promise.all(
      fit.map(async (file) => ({ name: file.name, contentType: file.type, data: await base64(file) })),
    );
    setPictures((before) => [...before, ...read]);
  }
  return (
    <form class="composer" onSubmit={send}>
      {props.pictures !== false && (
        <label class="button round quiet" title="Add a picture">
          <Icon name="attach" />
          <span class="hidden">Add a picture</span>
          <input class="hidden" type="file" accept="image/*" multiple onChange={attach} />
        </label>
      )}
      <div class="grow stack tight">
        {pictures.length > 0 && (
          <p class="row wrap small">
            {pictures.map(({ name }) => (
              <button
                key={name}
                type="button"
                class="badge"
                aria-label={`Leave out ${name}`}
                onClick={() => setPictures((before) => before.filter((each) => each.name !== name))}
              >
                {name} <Icon name="close" />
              </button>
            ))}
          </p>
        )}
        <textarea
          class="input"
          rows={1}
          aria-label={label}
          placeholder={label}
          value={body}
          onInput={(event) => setBody(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) void send(event);
          }}
        />
      </div>
      <button type="submit" class="button primary round" aria-label="Send">
        <Icon name="send" />
      </button>
    </form>
  );
}

function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
    reader.onerror = () => reject(new Error('The picture could not be read.'));
    reader.readAsDataURL(file);
  });
}
