import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channelText } from '../../src/outbox/channel-text.ts';

test.each([
  ['**bold** and __bold__', 'bold and bold', '*bold* and *bold*'],
  ['*it* and _it_', 'it and it', '_it_ and _it_'],
  ['***both*** and **_both_**', 'both and both', '_*both*_ and *_both_*'],
  ['**bold *and italic***', 'bold and italic', '*bold _and italic_*'],
  ['~~gone~~', 'gone', '~gone~'],
  ['这是**重点**内容', '这是重点内容', '这是*重点*内容'],
  ['**Total:** 5', 'Total: 5', '*Total:* 5'],
  ['# Title', 'Title', '*Title*'],
  ['### A **bold** _title_ ###', 'A bold title', '*A bold _title_*'],
  ['* one\n+ two\n  - three\n- [ ] four', '- one\n- two\n  - three\n- [ ] four', '- one\n- two\n  - three\n- [ ] four'],
  ['1. **one**\n2) two', '1. one\n2) two', '1. *one*\n2) two'],
  ['a `code_with_marks *x*` b', 'a code_with_marks *x* b', 'a `code_with_marks *x*` b'],
  ['```x``` and `` a`b ``', 'x and a`b', '```x``` and ```a`b```'],
  [
    '```ts\nconst a = b_c_d * 2;\n# no title\n```\nend',
    'const a = b_c_d * 2;\n# no title\nend',
    '```\nconst a = b_c_d * 2;\n# no title\n```\nend',
  ],
  ['~~~\n```\n~~~', '```', '```\n```\n```'],
  ['```\nnever closed', 'never closed', '```\nnever closed\n```'],
  ['[Twilio](https://twilio.com)', 'Twilio (https://twilio.com)', 'Twilio (https://twilio.com)'],
  ['[**Docs**](https://x.com/a_b_c "Title").', 'Docs (https://x.com/a_b_c).', '*Docs* (https://x.com/a_b_c).'],
  ['**[a](https://x.com)**', 'a (https://x.com)', '*a (https://x.com)*'],
  ['[https://x.com/a_b](https://x.com/a_b)', 'https://x.com/a_b', 'https://x.com/a_b'],
  [
    '[w](https://en.wikipedia.org/wiki/Foo_(bar))',
    'w (https://en.wikipedia.org/wiki/Foo_(bar))',
    'w (https://en.wikipedia.org/wiki/Foo_(bar))',
  ],
  ['[a b](<https://x.com/c d>)', 'a b (https://x.com/c d)', 'a b (https://x.com/c d)'],
  ['[me@x.com](mailto:me@x.com) [text]()', 'me@x.com text', 'me@x.com text'],
  ['<https://x.com/a_b_c>', 'https://x.com/a_b_c', 'https://x.com/a_b_c'],
  [
    '**https://x.com/a_b/**, _https://x.com/c_d_.',
    'https://x.com/a_b/, https://x.com/c_d.',
    '*https://x.com/a_b/*, _https://x.com/c_d_.',
  ],
  ['![A map](https://x.com/m.png)', 'A map https://x.com/m.png', 'A map https://x.com/m.png'],
  ['![](https://x.com/m.png)', 'https://x.com/m.png', 'https://x.com/m.png'],
  ['[![alt](https://i.com)](https://x.com)', 'alt https://i.com (https://x.com)', 'alt https://i.com (https://x.com)'],
  [
    '| Day | *Hours* |\n|:--|--:|\n| Mon | 9\\|5 |\n\nend',
    'Day | Hours\nMon | 9|5\n\nend',
    'Day | _Hours_\nMon | 9|5\n\nend',
  ],
  ['a\n\n---\n\nb', 'a\n\nb', 'a\n\nb'],
  ['\\*not bold\\* 1\\. \\\\', '*not bold* 1. \\', '*not bold* 1. \\'],
  ['Fish &amp; chips', 'Fish &amp; chips', 'Fish &amp; chips'],
  ['[*a](https://x.com) b*', '*a (https://x.com) b*', '*a (https://x.com) b*'],
  [
    '[a [b](https://x.com) c](https://y.com)',
    '[a b (https://x.com) c](https://y.com)',
    '[a b (https://x.com) c](https://y.com)',
  ],
  ['**never closed', '**never closed', '**never closed'],
  ['*a [b* c](https://x.com)', 'a b c (https://x.com)', '_a b_ c (https://x.com)'],
])('%j', (markdown, sms, whatsapp) => {
  expect(channelText(markdown, 'sms')).toBe(sms);
  expect(channelText(markdown, 'rcs')).toBe(sms);
  expect(channelText(markdown, 'whatsapp')).toBe(whatsapp);
});

describe('plain text comes back unchanged', () => {
  test.each([
    '',
    ' spaced  out \n\n\n text ',
    'snake_case_words and __half',
    '2 * 3 * 4 = 24, 2*3*4 = 24, 2**3 and 4**5',
    'a * mid sentence * and a - dash - and a + plus',
    'https://x.com/_a_/b_c_d?e=_f_&g=*h*i#_j_',
    'See (https://x.com/a_b_c) and my_own_mail_@x.com.',
    'Price* is $5 (_ net)',
    '#1 choice, #hashtag, C# and 5 # 3',
    'Sign here: ______ or ****, ____name____',
    '|\n|',
    '¯_(ツ)_/¯',
    'C:\\path\\to\\file',
    'a | b | c',
    '[1] and [sic] and f(x)',
    '1. one\n2. two\n- three',
    '5 < 6 > 4 & <b>html</b> &lt;',
    "it`s 5 o'clock",
    '~5 to ~10 minutes',
    '> quoted',
    'Olá ☀ 👩‍👧',
    'windows\r\nlines',
  ])('%j', (text) => {
    for (const channel of ['sms', 'whatsapp', 'rcs'] as const) expect(channelText(text, channel)).toBe(text);
  });

  test('any text of ordinary words, numbers, links and punctuation', () => {
    const word = fc.oneof(
      fc.stringMatching(/^[a-zA-Z0-9é.,;:!?'"()/&%$€@=+-]{1,10}$/).filter((text) => !/^[-+]+$/.test(text)),
      fc.stringMatching(/^[a-z]{1,5}(_[a-z]{1,5}){1,3}$/),
      fc.constantFrom('2 * 3 * 4', '2*3', 'https://x.com/a_b_c_', 'https://x.com/?_a_=b_', '#1', '10%', '☀'),
    );
    const text = fc
      .array(fc.array(word, { minLength: 1 }).map((words) => words.join(' ')))
      .map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, fc.constantFrom('sms', 'whatsapp', 'rcs'), (text, channel) => {
        expect(channelText(text, channel)).toBe(text);
      }),
    );
  });
});

test('what was shown once as SMS is plain: bold, links and lists are not turned into anything else', () => {
  const once = channelText(
    '# Hi\n\n**A** [b](https://x.com/c_d_e)\n\n* one\n* two\n\n| a | b |\n|--|--|\n| 1 | 2 |',
    'sms',
  );
  expect(channelText(once, 'sms')).toBe(once);
});

describe('whatever a model writes', () => {
  const soup = fc
    .array(
      fc.constantFrom(
        '*',
        '**',
        '_',
        '~~',
        '`',
        '```',
        '[',
        '](',
        ')',
        '![',
        '\\',
        '|',
        '#',
        ' ',
        '\n',
        '-',
        'a',
        '<',
        'https://',
        '>',
        '"',
      ),
      { maxLength: 80 },
    )
    .map((pieces) => pieces.join(''));

  test('no letter is lost and nothing throws', () => {
    fc.assert(
      fc.property(soup, fc.constantFrom('sms', 'whatsapp'), (text, channel) => {
        const letters = (text: string) => text.replace(/[^a]/g, '').length;
        // A fence's language and the title of a link are not shown; everything else is.
        if (!/```|~~~|"/.test(text)) expect(letters(channelText(text, channel))).toBe(letters(text));
        else channelText(text, channel);
      }),
      { numRuns: 500 },
    );
  });

  const patterns = [
    '*',
    '**',
    '***',
    '*a',
    'a*',
    '*a **b',
    '_a ',
    '~~a ',
    '`',
    '` ``',
    '`a ``b ',
    '[',
    '[a',
    '[a](',
    '[a](b',
    '[a](b(',
    '[a](b "',
    "[a](b '",
    '[a](<b',
    '![',
    '![a](b)',
    '[![a](b)',
    ']',
    '](',
    '\\',
    '\\*',
    '|',
    '| a ',
    '|-',
    '#',
    '# ',
    ' #',
    '- ',
    '* ',
    '> ',
    '<',
    '<http:',
    'https://',
    'https://_',
    'https://a*',
    ' ',
    '\t',
    '\n',
    '\n|\n|-|',
    '```\n',
    '~~~',
    '---\n',
    '-- ',
    '* * *x\n',
    '(',
    ')',
    '\\|',
    '\u2028',
  ];

  test.each(patterns)('%j without end is turned quickly', (pattern) => {
    const text = pattern.repeat(Math.ceil(100_000 / pattern.length));
    const started = performance.now();
    for (const channel of ['sms', 'whatsapp'] as const) {
      channelText(text, channel);
      channelText(`[a](b${text}x`, channel);
      channelText(`**a ${text}\`x*`, channel);
      channelText(`# ${text}x`, channel);
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('any two patterns mixed are turned quickly', () => {
    const any = fc.constantFrom(...patterns);
    fc.assert(
      fc.property(any, any, any, (one, two, three) => {
        const started = performance.now();
        channelText((one + two).repeat(5_000) + three.repeat(5_000) + (two + three + one).repeat(5_000), 'whatsapp');
        expect(performance.now() - started).toBeLessThan(2_000);
      }),
      { numRuns: 60 },
    );
  });
});
