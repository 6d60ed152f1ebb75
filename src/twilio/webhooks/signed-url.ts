/**
 * The URLs that Twilio may have signed for a request, most likely first: under `publicUrl` where it is set, else under
 * the request's own host; each as it is, without a port and with the default port, for Twilio drops or keeps the port
 * depending on the product. Empty when the request names no usable host or path.
 *
 * Path and query stay the raw text. The re-encoded spellings (`'` as `%27`) that Twilio's library tries besides are left
 * out: no URL of ours holds a character with two spellings, and each candidate costs a forger's request one more HMAC.
 */
export function candidateUrls(request: {
  publicUrl: string | undefined;
  host: string | undefined;
  /** Path and query as received, never re-encoded. */
  rawUrl: string;
}): string[] {
  const { publicUrl, host, rawUrl } = request;
  if (!rawUrl.startsWith('/')) return [];
  const candidates = new Set<string>();
  for (const base of publicUrl === undefined ? hostBases(host) : publicBase(publicUrl)) {
    const { scheme, name, port, prefix } = base;
    const rest = prefix + rawUrl;
    candidates.add(`${scheme}://${name}${port}${rest}`);
    candidates.add(`${scheme}://${name}${rest}`);
    candidates.add(`${scheme}://${name}:${scheme === 'https' ? 443 : 80}${rest}`);
  }
  return [...candidates];
}

type Base = { scheme: 'http' | 'https'; name: string; port: string; prefix: string };

function publicBase(publicUrl: string): Base[] {
  const match = /^(https?):\/\/(?:[^/?#]*@)?([^/?#@:[\]]+|\[[^/?#@\]]+\])(:\d+)?(\/[^?#]*)?/i.exec(publicUrl);
  if (!match) return [];
  const [, scheme = '', name = '', port = '', path = ''] = match;
  const prefix = path.endsWith('/') ? path.slice(0, -1) : path;
  return [{ scheme: scheme.toLowerCase() === 'http' ? 'http' : 'https', name, port, prefix }];
}

function hostBases(host: string | undefined): Base[] {
  // Nothing but a host and port may come in here, else a forged Host header could move a signed URL to another path.
  const match = /^([\w.-]+|\[[\da-f:.]+\])(:\d+)?$/i.exec(host ?? '');
  if (!match) return [];
  const [, name = '', port = ''] = match;
  const https: Base = { scheme: 'https', name, port, prefix: '' };
  const http: Base = { scheme: 'http', name, port, prefix: '' };
  // A public https host shows no port; one that does is most likely reached directly, over http.
  return port === '' || port === ':443' ? [https, http] : [http, https];
}
