export type ErrorMeaning = {
  /** One or two sentences for the person who has to act. */
  meaning: string;
  /** Whether sending the same message once more can help. */
  retry: 'no' | 'later' | 'unknown';
};

const no = (meaning: string): ErrorMeaning => ({ meaning, retry: 'no' });
const later = (meaning: string): ErrorMeaning => ({ meaning, retry: 'later' });

const meanings: Record<number, ErrorMeaning> = {
  // Twilio refused the request.
  20003: no('Twilio refused our credentials. Check the account SID and the auth token or API key.'),
  20404: no('Twilio does not know the resource. Check the SIDs in the settings and that they belong to this account.'),
  20422: no('Twilio found a parameter invalid. The error page says which values it takes.'),
  20429: later('Twilio has too many of our requests at once. The message was not taken and is sent again more slowly.'),
  20500: later('Twilio had an internal error. The message is looked for in its log before it is sent again.'),
  21211: no('The recipient is not a valid phone number.'),
  21212: no('The sender is not a valid phone number or address. Check how the sender is set up.'),
  21214: no('The recipient cannot be reached from this sender.'),
  21408: no('The account may not send to that country. Enable it under Messaging geographic permissions.'),
  21602: no('The message had no text.'),
  21603: no('The message had no sender. Give a number or a Messaging Service.'),
  21604: no('The message had no recipient.'),
  21606: no('The sender cannot send messages, or belongs to another account. Use a number that can.'),
  21608: no('A trial account sends to verified numbers only. Verify the recipient, or upgrade the account.'),
  21609: no('The status callback URL is not valid. Check PUBLIC_URL.'),
  21610: no('The recipient has opted out (STOP). Nothing more is sent until they text START.'),
  21611: later('The queue of the sender is full. The message is sent again when it has drained.'),
  21612: no('Twilio has no route from this sender to that recipient. Use another sender.'),
  21614: no('The recipient is not a mobile number.'),
  21617: no('The text is longer than 1,600 characters.'),
  21619: no('The message had neither text nor media nor a template.'),
  21620: no('The URL of the media is not valid.'),
  21654: no('A template is required here. Give its content SID.'),
  21656: no('The variables do not fit the template. Check their names and values.'),
  21701: no('The Messaging Service does not exist. Check its SID.'),
  21703: no('The Messaging Service has no sender that can reach the recipient. Add one.'),
  21704: no('The Messaging Service has no phone numbers. Add one.'),
  21910: no('Sender and recipient are on different channels. Both need the same prefix, such as whatsapp:.'),
  63007: no('The account has no such sender on this channel. Check that the WhatsApp or RCS sender is registered.'),

  // Twilio took the message; it failed on the way.
  30001: later('The queue of the sender overflowed. Send more slowly, then try again.'),
  30002: no('The account was suspended while the message waited. Contact Twilio.'),
  30003: later('The phone is off or out of reach. Try again later, and not often.'),
  30004: no('The recipient blocks messages, or their plan does not take them.'),
  30005: no('The number is unknown or no longer in service.'),
  30006: no('The number is a landline, or its carrier cannot be reached.'),
  30007: no('A carrier or Twilio filtered the message. Check its content and the registration of the sender.'),
  30008: later('The carrier gave no reason. It is worth trying once more.'),
  30009: no('A part of the message never arrived.'),
  30010: no('The message would cost more than the maximum price that was set.'),
  30011: no('The carrier does not take media messages. Send text only.'),
  30017: later('The network of the carrier is congested. Try again later.'),
  30019: no('The content is larger than the carrier takes. Send less or smaller media.'),
  30032: no('The toll-free number is not verified. Complete its verification.'),
  30034: no('The sender is not registered for A2P 10DLC. Register a brand and a campaign.'),
  30036: {
    meaning: 'The message waited longer than its validity period. Send it again if it still matters.',
    retry: 'unknown',
  },
  30410: later('The provider did not answer in time. Try again later.'),
  30450: no('Twilio blocked the message as likely fraud. Contact Twilio if it was not.'),
  30453: no('Twilio blocked the message as likely fraud. Contact Twilio if it was not.'),
  63001: no('The channel refused our credentials. Connect the sender again.'),
  63002: no('The channel does not know the sender. Check its address.'),
  63003: no('The channel does not know the recipient. Check the address.'),
  63005: no('The channel rejected the content of the message.'),
  63009: later('The provider of the channel had an error. Try again later.'),
  63010: later('The channel had an internal error. Try again later.'),
  63012: later('The provider of the channel had an internal error. Try again later.'),
  63013: no('The message breaks a policy of the channel.'),
  63015: no('The recipient has not joined the WhatsApp sandbox. They have to text its join code first.'),
  63016: no('The recipient last wrote more than 24 hours ago. WhatsApp takes only an approved template now.'),
  63018: later('The sender is above the rate limit of the channel. Send more slowly, then try again.'),
  63019: later('The channel could not download the media. Check that the URL is public; it is worth trying once more.'),
  63021: no('The channel cannot show this content.'),
  63024: no('The recipient is not on WhatsApp.'),
  63027: no('The template does not exist in this language. Check its name and approval.'),
  63028: no('The number of variables does not match the template.'),
  63030: no('The template uses a parameter that the channel does not support.'),
  63031: no('Sender and recipient are the same.'),
  63032: no('WhatsApp limits how many such messages this recipient gets.'),
  63036: no('The recipient cannot be reached by RCS. Send an SMS instead.'),
  63038: later('The account has reached its daily message limit. Try again when the 24 hours are over.'),
  63040: no('WhatsApp rejected the template. Change it and submit it again.'),
  63041: no('WhatsApp paused the template for its quality. Use another one until it is back.'),
  63042: no('WhatsApp disabled the template for its quality. Use another one.'),
  63049: no('Meta chose not to deliver this marketing message. Do not repeat it at once.'),
  63051: no('The WhatsApp Business account is locked. Resolve it in Meta Business Manager.'),
};

/** What a Twilio error code means, for people. Codes that are not listed get the address of Twilio's own page. */
export function meaningOf(code: number): ErrorMeaning {
  return (
    meanings[code] ?? {
      meaning: `Twilio reported error ${code}: see https://www.twilio.com/docs/api/errors/${code}.`,
      retry: 'unknown',
    }
  );
}
