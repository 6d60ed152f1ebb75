/** Says where a visitor comes from, not which page is meant. */
const TRACKING = /^(?:utm_\w+|gclid|gbraid|wbraid|fbclid|msclkid|mc_cid|mc_eid|_ga|_gl|ref_src)$/;

/** The one spelling of an address, so that a page is read once. */
export function pageKey(url: URL): string {
  const plain = new URL(url);
  plain.hash = '';
  for (const name of [...plain.searchParams.keys()]) if (TRACKING.test(name)) plain.searchParams.delete(name);
  plain.searchParams.sort();
  plain.hostname = bareHost(plain);
  if (plain.pathname !== '/') plain.pathname = plain.pathname.replace(/\/(?:index\.html?)?$/, '');
  return plain.href.replace(/^https?:/, '');
}

/** With and without `www.`, by http and https: the same site. */
export const isSameSite = (url: URL, site: URL): boolean =>
  bareHost(url) === bareHost(site) && (url.port === site.port || (url.port === '' && site.port === ''));

const bareHost = (url: URL) => url.hostname.replace(/^www\./, '').replace(/\.$/, '');

/** Leads to pictures, programs and the like: nothing that holds text. */
const NO_TEXT =
  /\.(?:jpe?g|png|gif|webp|avif|svg|ico|css|m?js|json|xml|rss|atom|woff2?|ttf|eot|mp[34]|m4a|wav|webm|mov|avi|zip|gz|tgz|rar|7z|exe|dmg|apk|docx?|xlsx?|pptx?|ics|vcf)$/i;

/** The pages of the same site that a page links to, in order. */
export function linkedPages(links: string[], page: URL, site: URL): URL[] {
  return links.flatMap((link) => {
    if (!URL.canParse(link, page.href)) return [];
    const url = new URL(link, page);
    url.hash = '';
    const isPage = /^https?:$/.test(url.protocol) && isSameSite(url, site) && !NO_TEXT.test(url.pathname);
    return isPage && url.href.length <= 2_048 ? [url] : [];
  });
}
