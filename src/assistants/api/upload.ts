import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import type { Request } from 'express';
import { TandemError } from '../../http/errors.ts';
import type { UploadedFile } from '../knowledge/knowledge-store.ts';
import { storable } from './fields.ts';

export type UploadedForm = { fields: Record<string, string>; file: UploadedFile | undefined };

/**
 * Reads a `multipart/form-data` body with one file in it. It ends as soon as the file is larger than `maxBytes`; the
 * server's own time limit ends a body that does not arrive.
 */
export function readUpload(request: Request, maxBytes: number): Promise<UploadedForm> {
  if (!request.is('multipart/form-data')) {
    throw new TandemError('unsupportedMediaType', 'Here it has to be multipart/form-data.');
  }
  return new Promise((resolve, reject) => {
    const fields: UploadedForm['fields'] = Object.create(null);
    let file: UploadedFile | undefined;
    let busboy: BusboyInstance | undefined;
    const fail = (error: TandemError) => {
      if (busboy) request.unpipe(busboy);
      request.resume(); // let the rest run out, so that the answer can be read
      reject(error);
    };
    const malformed = (cause: unknown) => fail(new TandemError('malformedBody', 'The form is cut short.', { cause }));
    try {
      busboy = new Busboy({
        headers: request.headers as BusboyHeaders,
        limits: { fileSize: maxBytes, files: 1, fields: 20, fieldSize: 16_384, fieldNameSize: 100, headerPairs: 50 },
      });
    } catch (error) {
      return malformed(error);
    }
    busboy.on('field', (name, value, _nameTruncated, valueTruncated) => {
      if (valueTruncated) fail(new TandemError('bodyTooLarge', `${storable(name)}: is too long.`));
      fields[name] = value;
    });
    busboy.on('file', (_name, stream, fileName, _encoding, mediaType) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => {
        fail(new TandemError('bodyTooLarge', `A file may have ${Math.round(maxBytes / 2 ** 20)} megabytes.`));
      });
      stream.on('error', malformed);
      stream.on('end', () => {
        file = { name: storable(fileName ?? '').slice(0, 256), mediaType, content: Buffer.concat(chunks) };
      });
    });
    busboy.on('filesLimit', () => fail(new TandemError('invalidParameter', 'Send one file at a time.')));
    busboy.on('fieldsLimit', () => fail(new TandemError('invalidParameter', 'The form has too many fields.')));
    busboy.on('error', malformed);
    busboy.on('finish', () => resolve({ fields, file }));
    request.on('aborted', malformed);
    request.pipe(busboy);
  });
}
