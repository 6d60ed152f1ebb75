import { useCallback, useState } from 'preact/hooks';
import { AssistantChat } from '../assistants/assistant-chat.tsx';
import { useTimeline } from '../live.ts';
import { useMayAct, useViewer } from '../session.ts';
import { Icon } from '../ui/icon.tsx';
import { Act, Field, Segments } from '../ui/parts.tsx';
import { channelName } from '../ui/words.tsx';
import type { Channel } from './carrier.ts';
import { Desk } from './desk.tsx';
import { Happenings } from './happenings.tsx';
import { type Chats, type LineSettings, phoneOf, useLine } from './line.ts';
import { Phone } from './phone.tsx';
import { TroubleMenu } from './trouble-menu.tsx';

const channels = [
  ['sms', 'SMS'],
  ['whatsapp', 'WhatsApp'],
  ['conversation', 'Conversation'],
  ['webchat', 'Web chat'],
] as const;

const suggestions = ['When are you open?', 'How do I return something?', 'agent'];
const panes = [
  ['phone', 'Phone'],
  ['happenings', 'What happened'],
  ['desk', 'Desk'],
] as const;

const REMEMBERED = 'tandem.simulator';

/** A phone to text the gateway with, what the gateway does, and the desk of the human it calls. */
export function SimulatorPage() {
  const { about } = useViewer();
  return about.local ? <LocalSimulator /> : <AssistantOnly />;
}

function LocalSimulator() {
  const { about } = useViewer();
  const mayAct = useMayAct();
  const [settings, setSettings] = useState<LineSettings>(() => remembered(about.ours));
  const [pane, setPane] = useState<'phone' | 'happenings' | 'desk'>('phone');
  const change = useCallback((changed: Partial<LineSettings>) => {
    setSettings((before) => {
      const after = { ...before, ...changed };
      localStorage.setItem(REMEMBERED, JSON.stringify(after));
      return after;
    });
  }, []);
  const onChat = useCallback((chat: Partial<Chats>) => change(chat), [change]);
  const line = useLine(settings, onChat);
  const timeline = useTimeline(line.threadKey);
  const { channel } = settings;
  const isChat = channel === 'webchat';
  const phone = phoneOf(settings);
  const isThinking = timeline?.entries.some((entry) => entry.kind === 'turn' && entry.state === 'asking') ?? false;

  return (
    <div class="panes simulator with-desk">
      <div class="only-narrow pane-tabs">
        <Segments label="Part of the simulator" value={pane} options={panes} onChange={setPane} />
      </div>
      <div class="pane" data-away={pane === 'phone' ? undefined : true}>
        <div class="stage">
          <h1 class="hidden">Simulator</h1>
          <div class="phone-settings">
            <Segments
              label="Channel"
              value={channel}
              options={channels}
              onChange={(value: Channel) => change({ channel: value })}
            />
          </div>
          <details class="phone-settings small">
            <summary class="row spread">
              <span class="clip muted number">From {isChat ? settings.identity : phone.number}</span>
              <span class="row">
                Change <Icon name="chevron" class="chevron" />
              </span>
            </summary>
            <div class="nested stack">
              {isChat ? (
                <Field label="Customer’s identity">
                  {(id) => (
                    <input
                      id={id}
                      class="input"
                      value={settings.identity}
                      onChange={(event) => change({ identity: event.currentTarget.value, chat: undefined })}
                    />
                  )}
                </Field>
              ) : (
                <>
                  <Field label="Customer’s number">
                    {(id) => (
                      <input
                        id={id}
                        class="input number"
                        type="tel"
                        value={phone.number}
                        onChange={(event) => change(phone.renamed(event.currentTarget.value.trim()))}
                      />
                    )}
                  </Field>
                  <Field label="Our number">
                    {(id) => (
                      <input
                        id={id}
                        class="input number"
                        type="tel"
                        value={settings.ours}
                        onChange={(event) => change({ ours: event.currentTarget.value.trim(), memberChat: undefined })}
                      />
                    )}
                  </Field>
                </>
              )}
              <Act class="compact" do={async () => change(newCustomer())}>
                New customer
              </Act>
            </div>
          </details>
          <Phone
            title={isChat ? 'Web chat' : settings.ours}
            subtitle={`${isChat ? 'as' : `${channelName(channel)} from`} ${isChat ? settings.identity : phone.number}`}
            messages={line.messages}
            suggestions={suggestions}
            thinking={isThinking}
            send={line.send}
            readonly={!mayAct}
          />
          {mayAct && (
            <div class="phone-settings">
              <TroubleMenu line={line} address={isChat ? undefined : phone.address} />
            </div>
          )}
        </div>
      </div>
      <div class="pane" data-away={pane === 'happenings' ? undefined : true}>
        <div class="stage">
          <Happenings timeline={timeline} />
        </div>
      </div>
      <div class="pane desk" data-away={pane === 'desk' ? undefined : true}>
        <div class="stage">
          <Desk />
        </div>
      </div>
    </div>
  );
}

/** On a real account nothing is simulated: the assistant is asked directly, and nobody is texted. */
function AssistantOnly() {
  return (
    <div class="page">
      <header class="page-head">
        <div>
          <h1>Simulator</h1>
          <p>This gateway serves real numbers. Here you talk with the assistant alone: nothing is texted to anybody.</p>
        </div>
      </header>
      <AssistantChat assistantId={undefined} />
    </div>
  );
}

function remembered(ours: string): LineSettings {
  const fresh: LineSettings = { channel: 'sms', ours, ...newCustomer() };
  try {
    return { ...fresh, ...JSON.parse(localStorage.getItem(REMEMBERED) ?? '{}') };
  } catch {
    return fresh;
  }
}

function newCustomer(): Omit<LineSettings, 'channel' | 'ours'> {
  return {
    number: newNumber(),
    member: newNumber(),
    memberChat: undefined,
    identity: newIdentity(),
    chat: undefined,
  };
}

/** From the block that is reserved for fiction. */
function newNumber(): string {
  return `+1555${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`;
}

function newIdentity(): string {
  return `visitor-${Math.random().toString(36).slice(2, 8)}`;
}
