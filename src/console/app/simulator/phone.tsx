import { useLayoutEffect, useRef } from 'preact/hooks';
import { wordsOf } from '../api.ts';
import { Media, Ticks } from '../ui/bubbles.tsx';
import { Composer, type Picture } from '../ui/composer.tsx';
import { Icon } from '../ui/icon.tsx';
import { toast } from '../ui/toast.tsx';
import { Clock } from '../ui/words.tsx';
import type { Shown } from './carrier.ts';

/** A phone: what was said, and a place to write. */
export function Phone(props: {
  title: string;
  subtitle: string;
  messages: Shown[] | undefined;
  /** Something to write for whoever does not know what. */
  suggestions: string[];
  thinking: boolean;
  send: (body: string, pictures: Picture[]) => Promise<void>;
  pictures?: boolean;
  readonly?: boolean;
}) {
  const { messages, thinking } = props;
  const log = useRef<HTMLDivElement>(null);
  const newest = messages?.at(-1)?.id;
  useLayoutEffect(() => {
    log.current?.scrollTo({ top: log.current.scrollHeight });
  }, [newest, thinking]);

  return (
    <section class="phone" aria-label="Phone">
      <header class="phone-head">
        <span class="avatar assistant">
          <Icon name="assistants" />
        </span>
        <div class="grow">
          <h2 class="clip">{props.title}</h2>
          <p class="small muted clip number">{props.subtitle}</p>
        </div>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <div class="phone-log" ref={log} role="log" aria-live="polite" aria-label="Messages" tabIndex={0}>
        {messages?.length === 0 && (
          <div class="empty">
            <p>Write as a customer would. The assistant answers here.</p>
            {!props.readonly &&
              props.suggestions.map((text) => (
                <button
                  key={text}
                  type="button"
                  class="button compact"
                  onClick={() => props.send(text, []).catch((error) => toast(wordsOf(error), 'bad'))}
                >
                  {text}
                </button>
              ))}
          </div>
        )}
        {messages?.map((message) => (
          <Bubble key={message.id} message={message} />
        ))}
        {thinking && (
          <div class="bubble-row theirs">
            <p class="bubble thinking">
              <span class="hidden">The assistant is thinking</span>
              <i />
              <i />
              <i />
            </p>
          </div>
        )}
      </div>
      {!props.readonly && <Composer send={props.send} pictures={props.pictures ?? true} />}
    </section>
  );
}

function Bubble({ message }: { message: Shown }) {
  return (
    <div class={`bubble-row ${message.mine ? 'mine' : 'theirs'} ${message.by ? 'human' : ''}`}>
      <Media media={message.media} />
      {message.body && <p class="bubble">{message.body}</p>}
      <p class="meta">
        {message.by && <span>{message.by}</span>}
        <Clock at={message.at} />
        {!message.mine && <Ticks status={message.status} />}
        {message.errorCode !== null && <span class="badge bad">{message.errorCode}</span>}
      </p>
    </div>
  );
}
