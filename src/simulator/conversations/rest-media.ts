import type { Carrier } from '../carrier.ts';
import type { Route } from '../product-api.ts';
import { RestError } from '../rest-errors.ts';
import { storeMedia } from './media.ts';
import { mediaResource } from './resources.ts';
import { serviceOf } from './rest-calls.ts';

/** The Media Content Service (mcs.us1.twilio.com), where the files of conversations are kept. */
export function mediaRoutes(carrier: Carrier): Route[] {
  return [
    {
      method: 'post',
      path: '/Services/:serviceSid/Media',
      handle: (call) => {
        if (call.body.length === 0) throw new RestError(20001, 'The request has no content');
        const media = storeMedia(carrier, {
          accountSid: call.accountSid,
          serviceSid: serviceOf(carrier, call).sid,
          content: call.body,
          contentType: call.header('content-type') ?? 'application/octet-stream',
          filename: call.query.get('Filename'),
        });
        return { status: 201, body: mediaResource(media, call.origin) };
      },
    },
    {
      method: 'get',
      path: '/Services/:serviceSid/Media/:sid',
      handle: (call) => {
        const media = carrier.conversations.file(call.params.sid ?? '');
        if (media?.serviceSid !== serviceOf(carrier, call).sid) throw new RestError(20404);
        return { body: mediaResource(media, call.origin) };
      },
    },
  ];
}
