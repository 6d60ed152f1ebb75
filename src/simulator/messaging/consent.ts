const keywords: Record<string, 'stop' | 'start' | 'help'> = {
  STOP: 'stop',
  STOPALL: 'stop',
  UNSUBSCRIBE: 'stop',
  CANCEL: 'stop',
  END: 'stop',
  QUIT: 'stop',
  REVOKE: 'stop',
  OPTOUT: 'stop',
  START: 'start',
  YES: 'start',
  UNSTOP: 'start',
  HELP: 'help',
  INFO: 'help',
};

/** The word that the carrier acts on by itself, if that is all the body says. */
export function keywordOf(body: string): 'stop' | 'start' | 'help' | undefined {
  const word = body.trim().toUpperCase();
  return Object.hasOwn(keywords, word) ? keywords[word] : undefined;
}

/** What the carrier answers in the customer's number's name. */
export const carrierReplies = {
  stop: 'You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.',
  start:
    'You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
  help: 'Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
};

export type Consent = ReturnType<typeof createConsent>;

/**
 * Who blocked whom, and when a WhatsApp user was last heard. A *scope* is what a block covers: one number of ours, or
 * the whole Messaging Service that the number is in.
 */
export function createConsent(limit: number) {
  const blocked = new Set<string>();
  const lastHeard = new Map<string, Date>();
  const dayMs = 24 * 60 * 60 * 1000;

  return {
    /** True when this changed anything. */
    block(scope: string, phone: string): boolean {
      const key = `${scope} ${phone}`;
      return !blocked.has(key) && blocked.add(key).has(key);
    },
    /** True when this changed anything. */
    unblock: (scope: string, phone: string): boolean => blocked.delete(`${scope} ${phone}`),
    isBlocked: (scope: string, phone: string): boolean => blocked.has(`${scope} ${phone}`),

    heard(number: string, phone: string, at: Date): void {
      const key = `${number} ${phone}`;
      lastHeard.delete(key);
      lastHeard.set(key, at);
      const oldest = lastHeard.keys().next().value;
      if (lastHeard.size > limit && oldest !== undefined) lastHeard.delete(oldest);
    },
    /** Whether a free-form WhatsApp message may be sent: the user wrote within the last 24 hours. */
    windowIsOpen(number: string, phone: string, at: Date): boolean {
      const heard = lastHeard.get(`${number} ${phone}`);
      return heard !== undefined && at.getTime() - heard.getTime() < dayMs;
    },

    forget(): void {
      blocked.clear();
      lastHeard.clear();
    },
  };
}
