/** The commonest words of languages, which few texts of two sentences do without. */
const common: Record<string, string> = {
  en: 'the and is are you your to of in for it that with have my can do not what how when please this was on at be we',
  de: 'der die das und ist ich sie nicht ein eine zu mit auf für wie was wann bitte mein meine haben wir es im den von kann',
  es: 'el la los las y es que de en un una por para con mi no cómo qué cuándo tengo está puedo favor su se del quiero',
  fr: 'le la les et est que de des un une pour avec mon ma je vous nous pas dans sur quand comment est-ce ai avez bonjour au',
  it: 'il lo la gli e è che di un una per con mio mia non come quando ho sono posso vorrei del della grazie mi si',
  pt: 'o a os as e é que de um uma para com meu minha não como quando tenho posso quero do da por você estou no na',
  nl: 'de het een en is ik je van dat niet met voor op mijn hoe wat wanneer kan zijn heb wij naar aan graag',
  pl: 'i w na z że się nie jest do jak co kiedy mam mój moja czy proszę po dla jestem można',
  tr: 've bir bu için ne nasıl mı mi benim var yok ile değil çok lütfen ben saat',
  sv: 'och är jag det att en ett på med för inte hur när min mitt kan har vi som till av',
};
const byWord = new Map<string, string[]>();
for (const [language, words] of Object.entries(common)) {
  for (const word of words.split(' ')) byWord.set(word, [...(byWord.get(word) ?? []), language]);
}

const scripts: [RegExp, string][] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, 'ja'],
  [/\p{Script=Hangul}/u, 'ko'],
  [/\p{Script=Han}/u, 'zh'],
  [/\p{Script=Arabic}/u, 'ar'],
  [/\p{Script=Hebrew}/u, 'he'],
  [/\p{Script=Devanagari}/u, 'hi'],
  [/\p{Script=Thai}/u, 'th'],
  [/\p{Script=Greek}/u, 'el'],
  [/[іїєґ]/iu, 'uk'],
  [/\p{Script=Cyrillic}/u, 'ru'],
];

/** The language of a text as ISO 639-1 has it; undefined where the text is too short or too mixed to tell. */
export function languageOf(text: string): string | undefined {
  const letters = text.match(/\p{L}/gu) ?? [];
  if (letters.length < 4) return undefined;
  const foreign = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter)).length;
  if (foreign * 2 > letters.length) return scripts.find(([script]) => script.test(text))?.[1];

  const votes = new Map<string, number>();
  for (const word of text.toLowerCase().match(/[\p{L}-]+/gu) ?? []) {
    for (const language of byWord.get(word) ?? []) votes.set(language, (votes.get(language) ?? 0) + 1);
  }
  const [first, second] = [...votes].sort(([, one], [, other]) => other - one);
  return first && first[1] >= 3 && first[1] > (second?.[1] ?? 0) * 1.3 ? first[0] : undefined;
}
