import type { FilePart, ModelMessage, TextPart } from 'ai';
import type { ModelProvider } from '../providers/language-model.ts';

/** A file that came with a message. */
export type Attachment = { contentType: string; fileName?: string; data: Uint8Array };

const PICTURES = /^image\/(?:jpeg|png|gif|webp)$/;
const DOCUMENTS = /^(?:image\/(?:jpeg|png|gif|webp)|application\/pdf)$/;

/** What the models of a provider look at. Where some of them look at nothing, their refusal tells. */
const shown: Record<ModelProvider, RegExp> = {
  openai: DOCUMENTS,
  anthropic: DOCUMENTS,
  gemini: /^(?:image|audio|video)\/|^application\/pdf$/,
  groq: PICTURES,
  xai: PICTURES,
  custom: PICTURES,
};

/** What a user said, with the files that came with it. */
export function userMessage(text: string, attachments: readonly Attachment[]): ModelMessage {
  if (attachments.length === 0) return { role: 'user', content: text };
  const files = attachments.map(
    ({ contentType, fileName, data }): FilePart => ({
      type: 'file',
      mediaType: bare(contentType),
      filename: fileName,
      data,
    }),
  );
  return { role: 'user', content: [{ type: 'text', text }, ...files] };
}

/** The messages as a model of this provider takes them: a file that it cannot look at is told of in words. */
export function withFilesFor(provider: ModelProvider | 'none', messages: ModelMessage[]): ModelMessage[] {
  return messages.map((message) => {
    if (message.role !== 'user' || typeof message.content === 'string') return message;
    const content = message.content.map((part) =>
      part.type === 'file' && !(provider !== 'none' && shown[provider].test(part.mediaType)) ? inWords(part) : part,
    );
    return { ...message, content };
  });
}

export function holdsFiles(messages: ModelMessage[]): boolean {
  return messages.some(
    ({ role, content }) =>
      role === 'user' && typeof content !== 'string' && content.some(({ type }) => type === 'file'),
  );
}

function inWords({ filename, mediaType }: FilePart): TextPart {
  const name = filename === undefined ? '' : ` named ${JSON.stringify(filename)}`;
  return { type: 'text', text: `[A file${name} of type ${mediaType} came with this message. You cannot look at it.]` };
}

const bare = (contentType: string) => (contentType.split(';')[0] ?? '').trim().toLowerCase();
