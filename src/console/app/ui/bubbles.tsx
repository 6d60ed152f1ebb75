/** How far a message has come: on its way, sent, delivered, read, or not. */
export function Ticks({ status }: { status: string }) {
  const failed = status === 'failed' || status === 'undelivered' || status === 'dropped';
  const double = status === 'delivered' || status === 'read';
  const way = !failed && !double && status !== 'sent';
  return (
    <span class={`ticks ${status === 'read' ? 'read' : failed ? 'failed' : ''}`}>
      <svg viewBox="0 0 17 12" role="img" aria-label={status}>
        {failed && <path d="M5 2.500l7 7M12 2.500l-7 7" />}
        {way && <path d="M8.500 1.500a4.500 4.500 0 1 0 .01 0M8.500 3.500V6l1.800 1.300" />}
        {!failed && !way && <path d={double ? 'M1.500 6.500l3 3 6-7M8 9l.7.6 6.300-7.100' : 'M4 6.500l3 3 6-7'} />}
      </svg>
    </span>
  );
}

/** Pictures of a message; what is no picture is named. */
export function Media({ media }: { media: { url: string; contentType: string | null }[] }) {
  return (
    <>
      {media.map(({ url, contentType }) =>
        contentType?.startsWith('image/') && isShowable(url) ? (
          <img key={url} class="picture" src={within(url)} alt="Sent with the message" />
        ) : (
          <span key={url} class="badge">
            {contentType ?? 'File'}
          </span>
        ),
      )}
    </>
  );
}

/** The simulated carrier gives its files to whoever is logged in here. */
function within(url: string): string {
  if (url.startsWith('blob:')) return url;
  const { pathname, search } = new URL(url, location.href);
  return pathname.startsWith('/console/') ? url : `/console/api/carrier${pathname}${search}`;
}

/** The page may show only what comes from here. */
function isShowable(url: string): boolean {
  return url.startsWith('blob:') || new URL(url, location.href).origin === location.origin;
}
